using Lumen.Core;
using Lumen.Core.Checkpoints;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>The layouts of a corpus, computed once and kept on disk as float16 by the identity of corpus and basis.</summary>
public sealed class LayoutCache : IDisposable
{
    private const int BatchSize = 32;
    private readonly Tensor _layouts;   // [count, N, h, w] float16

    private LayoutCache(Tensor layouts) => _layouts = layouts;

    /// <summary>Opens the cache, extracting what was not extracted before.</summary>
    /// <param name="features">Features of some pictures by index, [B, C, h, w].</param>
    /// <param name="count">Number of pictures.</param>
    /// <param name="basis">Projects the features.</param>
    /// <param name="path">The cache's file.</param>
    /// <param name="progress">Number of pictures done.</param>
    /// <param name="stop">Ends the work; nothing is kept then.</param>
    public static LayoutCache Open(Func<int[], Tensor> features, int count, LayoutBasis basis, string path, IProgress<int>? progress = null, CancellationToken stop = default)
    {
        if (File.Exists(path))
        {
            using var file = SafetensorsFile.Open(path);
            return new LayoutCache(file.Read("layouts").DetachFromDisposeScope());
        }
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Tensor? all = null;
        for (var start = 0; start < count; start += BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var indices = Enumerable.Range(start, Math.Min(BatchSize, count - start)).ToArray();
            var layouts = basis.Project(features(indices)).to_type(ScalarType.Float16);
            all ??= empty([count, .. layouts.shape[1..]], ScalarType.Float16).MoveToOtherDisposeScope(scope);
            all.narrow(0, start, indices.Length).copy_(layouts);
            progress?.Report(start + indices.Length);
        }
        if (all is null) throw new LumenException("There are no pictures to extract layouts from.");
        SafetensorsWriter.Write(path, [KeyValuePair.Create("layouts", all)]);
        return new LayoutCache(all.DetachFromDisposeScope());
    }

    /// <summary>Layouts of some pictures.</summary>
    /// <returns>[B, N, h, w] float32.</returns>
    public Tensor Batch(int[] indices)
    {
        using var scope = NewDisposeScope();
        return _layouts.index_select(0, tensor(indices.Select(i => (long)i).ToArray())).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose() => _layouts.Dispose();
}
