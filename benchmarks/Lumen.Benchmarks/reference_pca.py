"""Principal components of the matrix that PcaMatrix makes, by numpy or scikit-learn. Prints one line of JSON.

moments: second moments in float64, piece by piece, and numpy.linalg.eigh. full, randomized: scikit-learn's PCA of the whole float32 matrix in memory.
"""
import json
import sys
import time

import numpy as np

folder, method, rows, chunk, channels, components = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])


def read(name):
    return np.fromfile(f"{folder}/{name}.f32", dtype="<f4")


def memory(entry):
    """Bytes held now (VmRSS) or at most so far (VmHWM). Not from getrusage, which begins with what the parent held."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(entry))


directions = read("directions").reshape(-1, channels)
coefficients = read("coefficients").reshape(chunk, -1)
noise = read("noise").reshape(chunk, channels)


def pieces():
    for k, start in enumerate(range(0, rows, chunk)):
        yield (np.roll(coefficients, 97 * k % chunk, 0) @ directions + np.roll(noise, 31 * k % chunk, 0))[: rows - start]


class Timer:
    clock = processor = 0.0

    def __enter__(self):
        self.before = time.perf_counter(), time.process_time()

    def __exit__(self, *_):
        self.clock += time.perf_counter() - self.before[0]
        self.processor += time.process_time() - self.before[1]


timer = Timer()
if method == "moments":
    total, squares = np.zeros(channels), np.zeros((channels, channels))
    for x in pieces():
        with timer:
            x = x.astype(np.float64)
            total += x.sum(0)
            squares += x.T @ x
    with timer:
        mean = total / rows
        values, vectors = np.linalg.eigh((squares - rows * np.outer(mean, mean)) / (rows - 1))
    found, ratios, version = vectors.T[::-1][:components], (values[::-1] / values.sum())[:components], f"numpy {np.__version__}"
else:
    import sklearn
    from sklearn.decomposition import PCA

    whole = np.concatenate(list(pieces()))
    pca = PCA(n_components=components, svd_solver=method, random_state=0)
    with timer:
        pca.fit(whole)
    found, ratios, version = pca.components_, pca.explained_variance_ratio_, f"scikit-learn {sklearn.__version__}, numpy {np.__version__}"
np.ascontiguousarray(found).astype("<f8").tofile(f"{folder}/{method}-components.f64")
print(json.dumps({"clock": timer.clock, "processor": timer.processor, "held_memory": memory("VmRSS"), "peak_memory": memory("VmHWM"), "ratios": ratios.tolist(), "version": version}))
