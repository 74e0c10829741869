"""Hostile files: each writes one into a folder and says what to expect of it."""

import gzip
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from hostile_values import Expected, Ledger, Refused, Right

HEAD = "customer,date,amount\n"
ROWS = "a,2024-01-05,1\nb,2024-02-01,2\n"
READ = Right((("a", "2024-01-05", 1.0), ("b", "2024-02-01", 2.0)))
Write = Callable[[Path], Path]


def text(name: str, content: str | bytes, encoding: str = "utf-8") -> Write:
    def write(folder: Path) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def parquet(name: str) -> Write:
    def write(folder: Path) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"customer": ["a", "b"], "date": ["2024-01-05", "2024-02-01"], "amount": [1, 2]}).to_parquet(path)
        return path

    return write


def cut(written: Write, share: float) -> Write:
    def write(folder: Path) -> Path:
        path = written(folder)
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
        return path

    return write


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.csv")
    return folder / "pipe.csv"


def folder_named(folder: Path) -> Path:
    (folder / "orders.csv").mkdir()
    return folder / "orders.csv"


def link_to_itself(folder: Path) -> Path:
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    return folder / "loop.csv"


def zipped(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "orders.xlsx", "w") as file:
        file.writestr("orders.csv", HEAD + ROWS)
    return folder / "orders.xlsx"


def compressed(folder: Path) -> Path:
    path = folder / "orders.csv.gz"
    path.write_bytes(gzip.compress((HEAD + ROWS).encode()))
    return path


def compressed_half(folder: Path) -> Path:
    path = compressed(folder)
    path.write_bytes(path.read_bytes()[:-12])
    return path


def disguised(folder: Path) -> Path:
    return parquet("o.parquet")(folder).rename(folder / "o.csv")


def workbook(*sheets: pd.DataFrame) -> Write:
    def write(folder: Path) -> Path:
        with pd.ExcelWriter(folder / "book.xlsx") as book:
            for number, sheet in enumerate(sheets):
                sheet.to_excel(book, sheet_name=f"s{number}", index=False)
        return folder / "book.xlsx"

    return write


BROKEN = (HEAD + ROWS).encode() + "é,2024-02-02,3\n".encode() * 30 + b"\xff,2024-02-03,4\n"
FRAME = pd.DataFrame({"customer": ["a", "b"], "date": ["2024-01-05", "2024-02-01"], "amount": [1.0, 2.0]})

FILES: dict[str, tuple[Write, Expected]] = {
    "plain": (text("o.csv", HEAD + ROWS), READ),
    "no newline at the end": (text("o.csv", (HEAD + ROWS).rstrip()), READ),
    "blank lines": (text("o.csv", HEAD + "\n" + ROWS + "\n\n"), READ),
    "quoted": (text("o.csv", '"customer","date","amount"\n"a","2024-01-05","1"\n"b","2024-02-01","2"\n'), READ),
    "a line break in a cell": (text("o.csv", 'customer,date,x,amount\na,2024-01-05,"\n",1\nb,2024-02-01,r,2\n'), READ),
    "semicolons": (text("o.csv", (HEAD + ROWS).replace(",", ";")), READ),
    "tabs": (text("o.tsv", (HEAD + ROWS).replace(",", "\t")), READ),
    "bars": (text("o.txt", (HEAD + ROWS).replace(",", "|")), READ),
    "spaces": (text("o.txt", (HEAD + ROWS).replace(",", " ")), READ),
    "sep= on top": (text("o.csv", "sep=;\n" + (HEAD + ROWS).replace(",", ";")), READ),
    "spaces around headings": (text("o.csv", " customer , date,amount \n" + ROWS), READ),
    "capital headings": (text("o.csv", HEAD.upper() + ROWS), READ),
    "an empty heading": (text("o.csv", "customer,date,amount,\na,2024-01-05,1,x\nb,2024-02-01,2,y\n"), READ),
    "CR alone": (text("o.csv", (HEAD + ROWS).replace("\n", "\r")), READ),
    "mixed line ends": (text("o.csv", HEAD + "a,2024-01-05,1\r\nb,2024-02-01,2\n"), READ),
    "compressed": (compressed, READ),
    "capital ending": (text("O.CSV", HEAD + ROWS), READ),
    "brackets in the name": (text("orders[1].csv", HEAD + ROWS), READ),
    "a star in the name": (text("x*.csv", HEAD + ROWS), READ),
    "a question mark in the name": (text("x?.csv", HEAD + ROWS), READ),
    "a quote in the name": (text("o'x.csv", HEAD + ROWS), READ),
    "Chinese in the name": (text("订单.csv", HEAD + ROWS), READ),
    "spaces in the name": (text("my orders.csv", HEAD + ROWS), READ),
    "a folder called date=": (text("date=2020-01-01/o.csv", HEAD + ROWS), READ),
    "a folder called customer=": (text("customer=7/o.csv", HEAD + ROWS), READ),
    "a folder called amount=": (text("amount=1/o.csv", HEAD + ROWS), READ),
    "Parquet": (parquet("o.parquet"), READ),
    "Parquet under date=": (parquet("date=2020-01-01/o.parquet"), READ),
    "Parquet under customer=": (parquet("customer=7/o.parquet"), READ),
    "Parquet with brackets": (parquet("o[1].parquet"), READ),
    "Parquet with a star": (parquet("o*.parquet"), READ),
    "Excel": (workbook(FRAME), READ),
    "Excel, two sheets": (workbook(FRAME.head(1), FRAME.tail(1)), READ),
    "Excel, an empty first sheet": (workbook(pd.DataFrame(), FRAME), READ),
    "Excel with true dates": (workbook(FRAME.assign(date=pd.to_datetime(FRAME["date"]))), READ),
    "a row that repeats": (text("o.csv", HEAD + ROWS + "b,2024-02-01,2\n"), Ledger({"duplicate": 1})),
    "one broken byte": (text("o.csv", BROKEN), Ledger({"purchase": 4})),
    "an empty file": (text("o.csv", ""), Refused("is empty")),
    "a database's file": (text("shop.db", HEAD + ROWS), Refused("sqlite:///.*#TABLE")),
    "a database's file of DuckDB": (text("shop.duckdb", HEAD + ROWS), Refused("duckdb:///.*#TABLE")),
    "white space alone": (text("o.csv", " \n \n"), Refused("is empty")),
    "a header alone": (text("o.csv", HEAD), Refused("no rows")),
    "no header": (text("o.csv", "1,20240105,3\n2,20240201,4\n"), Refused("no header line")),
    "a heading twice": (text("o.csv", "customer,date,date\na,1,1\n"), Refused("column twice")),
    "headings that differ by case": (text("o.csv", "customer,date,Date\na,2024-01-05,2024-01-05\n"), Refused("twice")),
    "a row too long": (text("o.csv", HEAD + ROWS + "c,2024-02-02,3,4\n"), Refused("cannot be read as 3 columns")),
    "a row too short": (text("o.csv", HEAD + ROWS + "c,2024-02-02\n"), Refused("cannot be read as 3 columns")),
    "a quote that stays open": (text("o.csv", HEAD + 'a,"2024-01-05,1\n'), Refused("cannot be read")),
    "JSON in a .csv": (text("o.csv", '{"customer": "a"}\n'), Refused("")),
    "HTML in a .csv": (text("o.csv", "<html><body><table></table></body></html>\n"), Refused("")),
    "zeros": (text("o.csv", b"\0" * 4000), Refused("not text|empty")),
    "random bytes": (text("o.csv", bytes(range(256)) * 20), Refused("")),
    "a PDF": (text("o.csv", b"%PDF-1.7\n" + b"x" * 100), Refused("a PDF document")),
    "SQLite in a .csv": (text("o.csv", b"SQLite format 3\0" + b"x" * 100), Refused("a SQLite database")),
    "Parquet in a .csv": (disguised, Refused("a Parquet file")),
    "text in a .parquet": (text("o.parquet", HEAD + ROWS), Refused("plain text")),
    "text in an .xlsx": (text("o.xlsx", HEAD + ROWS), Refused("plain text")),
    "text in a .gz": (text("o.csv.gz", HEAD + ROWS), Refused("plain text")),
    "old Excel": (text("o.xls", b"\xd0\xcf\x11\xe0" + b"x" * 100), Refused(".xls")),
    "a zip that is no workbook": (zipped, Refused("not a readable Excel workbook")),
    "half a Parquet file": (cut(parquet("o.parquet"), 0.5), Refused("not a readable Parquet file")),
    "half a workbook": (cut(workbook(FRAME), 0.5), Refused("not a readable Excel workbook")),
    "half a gz": (compressed_half, Refused("cannot be uncompressed")),
    "no such file": (lambda folder: folder / "none.csv", Refused("There is no file")),
    "no such folder": (lambda folder: folder / "none" / "o.csv", Refused("There is no file")),
    "a folder": (lambda folder: folder, Refused("is a folder")),
    "a folder with a file's name": (folder_named, Refused("is a folder")),
    "a pipe": (pipe, Refused("is a pipe or a device")),
    "a device": (lambda _: Path("/dev/null"), Refused("is a pipe or a device|ends in")),
    "a link to itself": (link_to_itself, Refused("There is no file|cannot be read")),
    "no ending": (text("orders", HEAD + ROWS), Refused("which is not read")),
    "another ending": (text("o.json", "{}"), Refused("which is not read")),
    "a header of numbers": (text("o.csv", "1,2,3\n4,5,6\n"), Refused("no header line")),
    "one column": (text("o.csv", "customer\na\n"), Refused("Pass date=")),
    "an empty workbook": (workbook(pd.DataFrame()), Refused("is empty")),
}  # fmt: skip
