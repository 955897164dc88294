"""Small datasets in the forms that the hub and GLUE ship: python make.py, with pyarrow 26.0.1, fastparquet 2026.9.0 and pillow. All is our own."""

import io
import json
from pathlib import Path

import fastparquet
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

HERE = Path(__file__).parent
SUBJECTS = ["The gardener", "A clerk", "My neighbour", "The old captain", "Nobody", "Zoë’s uncle", "Every pupil"]
VERBS = ["watered", "counted", "forgot", "drew", "sold"]
THINGS = ["the roses", "three “green” boats", "a map of 東京", "the bill", "seven kites"]

sentences = [f"{s} {v} {t}." for s in SUBJECTS for v in VERBS for t in THINGS]  # 175
labels = [i * 7 % 3 % 2 for i in range(len(sentences))]


def class_label(names):
    return {"names": names, "_type": "ClassLabel"}


def value(dtype):
    return {"dtype": dtype, "_type": "Value"}


def huggingface(features):
    return {"huggingface": json.dumps({"info": {"features": features}})}


def write(name, columns, features, **options):
    table = pa.table(columns).replace_schema_metadata(huggingface(features))
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)


# CoLA as the hub has it, in two parts, each of several row groups.
cola_features = {"sentence": value("string"), "label": class_label(["unacceptable", "acceptable"]), "idx": value("int32")}
for part, rows in enumerate([range(0, 100), range(100, 175)]):
    columns = {
        "sentence": pa.array([sentences[i] for i in rows]),
        "label": pa.array([labels[i] for i in rows], pa.int64()),
        "idx": pa.array(list(rows), pa.int32()),
    }
    write(f"cola/train-{part:05d}-of-00002.parquet", columns, cola_features, row_group_size=40)

# STS-B: a float as label; each way to compress, each version of a page, with dictionaries and without.
pairs = [(sentences[i], sentences[(i * 3 + 1) % 175], (i % 26) / 5) for i in range(60)]
stsb = {
    "sentence1": pa.array([a for a, _, _ in pairs]),
    "sentence2": pa.array([b for _, b, _ in pairs]),
    "label": pa.array([score for _, _, score in pairs], pa.float32()),
    "idx": pa.array(range(60), pa.int32()),
}
stsb_features = {"sentence1": value("string"), "sentence2": value("string"), "label": value("float32"), "idx": value("int32")}
for codec in ["none", "snappy", "gzip", "zstd"]:
    for version in ["1.0", "2.0"]:
        options = {"compression": codec, "data_page_version": version, "use_dictionary": version == "1.0"}
        write(f"stsb/{codec}-{version[0]}.parquet", stsb, stsb_features, data_page_size=1500, **options)

# Every kind of value that a column may have.
kinds = {
    "text": pa.array(["a", None, "", "é"]),
    "large": pa.array([2**53 - 1, -5, None, 0], pa.int64()),
    "unsigned": pa.array([2**32 - 1, 1, None, 0], pa.uint32()),
    "small": pa.array([-1, 0, 1, None], pa.int8()),
    "half": pa.array([0.5, None, -2.0, 1e300], pa.float64()),
    "yes": pa.array([True, False, None, True]),
    "bytes": pa.array([b"\xff\x00", b"", None, b"x"], pa.binary()),
    "words": pa.array([["a", "b"], [], None, [None, "c"]], pa.list_(pa.string())),
    "deep": pa.array([[[1, 2], [3]], [], [[]], None], pa.list_(pa.list_(pa.int64()))),
    "choices": pa.array(
        [{"text": ["x", "y"], "label": ["A", "B"]}, {"text": [], "label": []}, None, {"text": None, "label": ["C"]}],
        pa.struct([("text", pa.list_(pa.string())), ("label", pa.list_(pa.string()))]),
    ),
    "turns": pa.array(
        [[{"from": "human", "value": "hi"}], [], None, [{"from": None, "value": "a"}, {"from": "gpt", "value": "b"}]],
        pa.list_(pa.struct([("from", pa.string()), ("value", pa.string())])),
    ),
}
write("kinds.parquet", kinds, {})
write("kinds-2.parquet", kinds, {}, data_page_version="2.0", compression="zstd")
write("large.parquet", {"n": pa.array([1, 2**53 + 1], pa.int64())}, {})
write("nulls.parquet", {"text": pa.array(["a", "b"]), "system": pa.array([None, None], pa.string())}, {}, compression="lz4")
write("bomb.parquet", {"text": pa.array(["y" * 1_000_000] * 100)}, {}, compression="zstd", use_dictionary=False, write_statistics=False)

# LZ4 without Hadoop's sizes, whose page begins as if it had some.
hashes = pd.DataFrame({"hash": [i * 0x9E3779B97F4A7C15 % 2**53 for i in range(1, 41)]})
fastparquet.write(str(HERE / "lz4.parquet"), hashes, compression="LZ4")


# Images: class k is a square of a colour of its own on grey, 8 × 8; CIFAR-100's columns, then Food101's.
def picture(label, i, form):
    image = Image.new("RGB", (8, 8), (90 + i, 90, 90))
    image.paste(((label * 80) % 256, 255 - label * 60, (label * 37 + i) % 256), (i % 4, 1, i % 4 + 4, 5))
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def images(form):
    cells = [{"bytes": picture(i % 3, i, form), "path": f"{i}.{form.lower()}"} for i in range(12)]
    return pa.array(cells, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))


names = ["ship", "apple", "kite"]
ids = pa.array([i % 3 for i in range(12)], pa.int64())
image_feature = {"_type": "Image"}
cifar = {"img": images("PNG"), "fine_label": ids, "coarse_label": pa.array([i % 2 for i in range(12)], pa.int64())}
cifar_features = {"img": image_feature, "fine_label": class_label(names), "coarse_label": class_label(["one", "two"])}
write("images/cifar.parquet", cifar, cifar_features, row_group_size=5)
food = {"image": images("JPEG"), "label": ids}
write("images/food.parquet", food, {"image": image_feature, "label": class_label(names)}, compression="none", row_group_size=4)
write("images/plain.parquet", {**food, "label": pa.array(["b", "a"] * 6)}, {"image": image_feature, "label": value("string")})


# GLUE's own files: tabs, no quoting, and quotes that are text.
def tsv(name, lines, end="\n", last="\n"):
    path = HERE / "glue" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((end.join("\t".join(line) for line in lines) + last).encode())


few = list(zip(sentences[::25], sentences[1::25]))
quoted = '"Nothing, he said, was counted.'
tsv("CoLA/dev.tsv", [["gd07", str(i % 2), "" if i % 2 else "*", a] for i, (a, _) in enumerate(few)], last="")
tsv("SST-2/dev.tsv", [["sentence", "label"]] + [[a + " ", str(i % 2)] for i, (a, _) in enumerate(few)])
mrpc = [["\ufeffQuality", "#1 ID", "#2 ID", "#1 String", "#2 String"]]
tsv("MRPC/dev.tsv", mrpc + [[str(i % 2), str(i), str(i + 90), quoted, b] for i, (_, b) in enumerate(few)], end="\r\n")
head = ["index", "genre", "filename", "year", "old_index", "source1", "source2", "sentence1", "sentence2", "score"]
tsv("STS-B/dev.tsv", [head] + [[str(i), "g", "f", "2012", "1", "none", "none", a, b, f"{i / 2:.3f}"] for i, (a, b) in enumerate(few)])
rte = [["index", "sentence1", "sentence2", "label"]]
tsv("RTE/dev.tsv", rte + [[str(i), a, b, ["entailment", "not_entailment"][i % 2]] for i, (a, b) in enumerate(few)])
qqp = [["id", "qid1", "qid2", "question1", "question2", "is_duplicate"]]
tsv("QQP/dev.tsv", qqp + [[str(i), str(2 * i), str(2 * i + 1), a + "?", b + "?", str(i % 2)] for i, (a, b) in enumerate(few)])
mnli = "index promptID pairID genre sentence1_binary_parse sentence2_binary_parse sentence1_parse sentence2_parse sentence1 sentence2 label1 gold_label"
three = ["entailment", "neutral", "contradiction"]
rows = [[str(i), "1", "1n", "fiction", "( )", "( )", "(ROOT )", "(ROOT )", a, b, three[i % 3], three[i % 3]] for i, (a, b) in enumerate(few)]
tsv("MNLI/dev_matched.tsv", [mnli.split(" ")] + rows)
