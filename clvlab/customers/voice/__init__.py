"""Survey answers: satisfaction, recommendation, an index of items, drivers of the overall answer, comments.

And what they did afterwards, by what they answered, wrote and complained of.
"""

from clvlab.customers.voice.drivers import drivers
from clvlab.customers.voice.index import satisfaction_index
from clvlab.customers.voice.later import later, needs, score_and_later
from clvlab.customers.voice.ordinal import ordinal_drivers
from clvlab.customers.voice.performance import importance_performance
from clvlab.customers.voice.reliability import cronbach_alpha, mcdonald_omega
from clvlab.customers.voice.scores import csat, mean_score, nps, response_rate
from clvlab.customers.voice.study import VoiceStudy, study_answers, voice_study
from clvlab.customers.voice.text import read_topics, telling_words, topic_table

__all__ = [
    "VoiceStudy",
    "cronbach_alpha",
    "csat",
    "drivers",
    "importance_performance",
    "later",
    "mcdonald_omega",
    "mean_score",
    "needs",
    "nps",
    "ordinal_drivers",
    "read_topics",
    "response_rate",
    "satisfaction_index",
    "score_and_later",
    "study_answers",
    "telling_words",
    "topic_table",
    "voice_study",
]
