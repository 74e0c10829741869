"""What to offer each customer next."""

from clvlab.customers.next_product.recommend import NextProduct, next_product
from clvlab.customers.next_product.study import NextProductStudy, next_product_study, study_lines

__all__ = ["NextProduct", "NextProductStudy", "next_product", "next_product_study", "study_lines"]
