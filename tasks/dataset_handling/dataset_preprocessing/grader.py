"""Compares the preprocessed images with the dataset, and traces every augmented version back to its image."""

import pickle
from itertools import combinations, product
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from alignment import Alignment

from mldevbench.grading import Grading, SubmissionError

FIRST_BATCH = "cifar-10-batches-py/data_batch_1"
IMAGES, VERSIONS = 10, 3
SHAPE = (3, 32, 32)
TOLERANCE = 1e-5
FLIPPED, ROTATED, JITTERED = 5, 15, 15
LEAST_DEGREES, LEAST_SHIFT = 3, 0.02
MIB = 2**20

Arrays = dict[str, np.ndarray]


def grade(g: Grading) -> None:
    truth = first_images(g)
    with g.guard("preprocessing_info.json can be read"):
        check_info(g, g.files.read_json("preprocessing_info.json"))
    names = [f"image_{i}" for i in range(IMAGES)]
    with g.guard("the folder preprocessed"):
        check_preprocessed(g, read(g, "preprocessed", names), truth)
    with g.guard("the folder augmented"):
        versions = read(g, "augmented", [f"{name}_v{n}" for name in names for n in range(1, VERSIONS + 1)])
        if len(versions) == IMAGES * VERSIONS:
            check_augmented(g, np.stack(list(versions.values())).reshape(IMAGES, VERSIONS, *SHAPE), truth)


def first_images(g: Grading) -> np.ndarray:
    """(n, 32, 32, 3) uint8."""
    batch = pickle.loads((g.asset("cifar10") / FIRST_BATCH).read_bytes(), encoding="bytes")
    return np.asarray(batch[b"data"][:IMAGES].reshape(IMAGES, *SHAPE).transpose(0, 2, 3, 1))


def check_info(g: Grading, info: Any) -> None:
    info = as_object(info)
    g.check("dataset", info.get("dataset") == "CIFAR-10", repr(info.get("dataset")))
    told = as_object(info.get("preprocessing"))
    normalization = as_object(told.get("normalization"))
    for key in ("mean", "std"):
        g.check(f"preprocessing.normalization.{key}", normalization.get(key) == [0.5] * 3, repr(normalization.get(key)))
    g.check("preprocessing.expected_shape", told.get("expected_shape") == list(SHAPE), repr(told.get("expected_shape")))
    g.check("preprocessing.value_range", told.get("value_range") == [-1, 1], repr(told.get("value_range")))
    for folder in ("preprocessed", "augmented"):
        path = info.get(f"{folder}_data_path")
        right = isinstance(path, str) and PurePosixPath(path) == PurePosixPath(folder)
        g.check(f"{folder}_data_path", right, repr(path))


def as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def read(g: Grading, folder: str, names: list[str]) -> Arrays:
    """The arrays that are what they should be in type and shape; the others become failed checks."""
    found = {name for name in g.files.list(f"{folder}/*") if name.endswith(".npy")}
    odd = sorted(found ^ {f"{folder}/{name}.npy" for name in names})
    g.check(f"{folder} holds the {len(names)} arrays and no other", not odd, f"missing or in excess: {', '.join(odd[:5])}")
    arrays: Arrays = {}
    faults: list[str] = []
    for name in names:
        path = f"{folder}/{name}.npy"
        if path not in found:
            continue
        try:
            array = g.files.read_npy(path, max_bytes=MIB)
        except SubmissionError as error:
            faults.append(str(error))
            continue
        if array.dtype != np.float32 or array.shape != SHAPE:
            faults.append(f"{name} is {array.dtype} of shape {array.shape}")
        elif not np.isfinite(array).all():
            faults.append(f"{name} holds values that are not finite")
        else:
            arrays[name] = array
    g.check(f"arrays in {folder} are finite, float32, of shape {SHAPE}", not faults, f"{len(faults)}: {'; '.join(faults[:5])}")
    return arrays


def check_preprocessed(g: Grading, arrays: Arrays, truth: np.ndarray) -> None:
    errors = {name: float(np.abs(array - wanted(truth[int(name[-1])])).max()) for name, array in arrays.items()}
    wrong = [f"{name} differs by {error:.2g}" for name, error in errors.items() if error > TOLERANCE]
    right = len(arrays) - len(wrong)
    g.check("the preprocessed images are the first ten", right == IMAGES, f"{right} are; {'; '.join(wrong[:5])}")
    g.metric("preprocessed_right", right / IMAGES, "fraction")


def wanted(images: np.ndarray) -> np.ndarray:
    """What preprocessing makes of (..., height, width, channels) uint8."""
    return np.moveaxis((images.astype(np.float32) / 255 - 0.5) / 0.5, -1, -3)


def repeats(versions: np.ndarray, image: np.ndarray, least: float) -> list[str]:
    """Pairs among an image's versions, the image and its mirror image whose variance is less than this."""
    named = {f"v{n}": version for n, version in enumerate(versions, start=1)}
    pairs = list(combinations(named.items(), 2))
    pairs += list(product(named.items(), {"the image": image, "its mirror image": image[..., ::-1]}.items()))
    found = [(f"{one} and {other}", float(np.var([a, b], axis=0).mean())) for (one, a), (other, b) in pairs]
    return [f"{names} {variance:.4f}" for names, variance in found if variance < least]


def check_augmented(g: Grading, versions: np.ndarray, truth: np.ndarray) -> None:
    largest = float(np.abs(versions).max())
    g.check("values of versions lie in [-1, 1]", largest <= 1 + TOLERANCE, f"the largest is {largest:.3f} from 0")
    variance = versions.var(axis=1).mean(axis=(1, 2, 3))
    alike = [f"image_{i}: {variance[i]:.4f}" for i in range(IMAGES) if variance[i] < float(g.values["variance"])]
    g.check("the versions of an image differ", not alike, "; ".join(alike))
    twins = [
        f"image_{i}: {told}" for i in range(IMAGES) for told in repeats(versions[i], wanted(truth[i]), float(g.values["pair"]))
    ]
    g.check("no version repeats another or its image", not twins, f"{len(twins)}: {'; '.join(twins[:5])}")
    g.metric("augmentation_variance", float(variance.mean()), "squared value")
    alignment = Alignment(truth, int(g.values["degrees"]))
    matches = [alignment.match(versions[i, n], i) for i in range(IMAGES) for n in range(VERSIONS)]
    strange = []
    for place, match in enumerate(matches):
        i, n = divmod(place, VERSIONS)
        own, nearest = match.similarities[i], int(match.similarities.argmax())
        if own < float(g.values["similarity"]) or nearest != i:
            strange.append(f"image_{i}_v{n + 1}: {own:.2f}, with image_{nearest} {match.similarities[nearest]:.2f}")
    g.check("every version shows its image", not strange, f"{len(strange)}: {'; '.join(strange[:5])}")
    flipped = sum(match.flipped for match in matches)
    g.check("some versions are flipped, some not", FLIPPED <= flipped <= len(matches) - FLIPPED, f"{flipped} are")
    rotated = sum(abs(match.degrees) > LEAST_DEGREES for match in matches)
    g.check("versions are rotated", rotated >= ROTATED, f"{rotated} are")
    jittered = sum(match.shift > LEAST_SHIFT for match in matches)
    g.check("the colours of versions differ", jittered >= JITTERED, f"{jittered} do")
