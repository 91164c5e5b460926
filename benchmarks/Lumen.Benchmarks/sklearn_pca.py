"""scikit-learn's IncrementalPCA on the matrix that PcaMatrix makes. Prints one line of JSON."""
import json
import sys
import time

import numpy as np
import scipy
import sklearn
from sklearn.decomposition import IncrementalPCA

folder, rows, chunk, channels, components = sys.argv[1], *map(int, sys.argv[2:])


def read(name):
    return np.fromfile(f"{folder}/{name}.f32", dtype="<f4")


def memory(entry):
    """Bytes held now (VmRSS) or at most so far (VmHWM). Not from getrusage, which begins with what the parent held."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(entry))


directions = read("directions").reshape(-1, channels)
coefficients = read("coefficients").reshape(chunk, -1)
noise = read("noise").reshape(chunk, channels)
pca = IncrementalPCA(n_components=components)
clock = processor = 0.0
held = []
for k, start in enumerate(range(0, rows, chunk)):
    x = (np.roll(coefficients, 97 * k % chunk, 0) @ directions + np.roll(noise, 31 * k % chunk, 0))[: rows - start]
    before = time.perf_counter(), time.process_time()
    pca.partial_fit(x)
    clock, processor = clock + time.perf_counter() - before[0], processor + time.process_time() - before[1]
    held.append(memory("VmRSS"))
pca.components_.astype("<f8").tofile(f"{folder}/sklearn-components.f64")
try:
    from threadpoolctl import threadpool_info
    blas = ", ".join(sorted({f"{p['internal_api']} {p['version']} {p['num_threads']} thread(s)" for p in threadpool_info() if p["user_api"] == "blas"}))
except ImportError:
    blas = "unknown BLAS"
print(json.dumps({
    "clock": clock, "processor": processor, "early_memory": held[min(len(held) - 1, 4)], "late_memory": held[-1], "peak_memory": memory("VmHWM"),
    "ratios": pca.explained_variance_ratio_.tolist(), "version": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, {blas}",
}))
