"""Write the demo company: ``python -m clvlab.data.simulate data/demo/company``."""

import sys

from clvlab.data.simulate.assembly import company


def main(folder: str) -> None:
    """Write the demo company's files into a folder, and say what they hold."""
    made = company()
    written = made.write(folder)
    size = sum(file.stat().st_size for file in written)
    print(f"{folder}: {len(written)} files, {size / 1e6:.2f} MB; {made!r}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "data/demo/company")
