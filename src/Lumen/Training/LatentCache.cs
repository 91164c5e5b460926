using Lumen.Core;
using Lumen.Core.Checkpoints;
using Lumen.Data;
using Lumen.Generation;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>The scaled latents of a corpus, computed once and kept on disk as float16 by the identity of corpus and autoencoder.</summary>
public sealed class LatentCache : IDisposable
{
    private const int BatchSize = 32;
    private readonly Tensor _latents;   // [count, C, h, w] float16

    private LatentCache(Tensor latents) => _latents = latents;

    /// <summary>Number of pictures.</summary>
    public int Count => (int)_latents.shape[0];

    /// <summary>Shape of one picture's latents, [C, h, w].</summary>
    public long[] ItemShape => _latents.shape[1..];

    /// <summary>Opens the cache, encoding the pictures if that was not done before.</summary>
    /// <param name="encode">Pictures [B, 3, H, W] in [-1, 1] to scaled latents.</param>
    /// <param name="corpus">The pictures.</param>
    /// <param name="key">Identifies the autoencoder: its hash.</param>
    /// <param name="cache">Folder of the file.</param>
    /// <param name="progress">Number of pictures encoded.</param>
    /// <param name="stop">Ends the encoding; nothing is kept then.</param>
    public static LatentCache Open(Func<Tensor, Tensor> encode, PictureCorpus corpus, string key, string cache, IProgress<int>? progress = null, CancellationToken stop = default)
    {
        var path = Path.Combine(cache, $"latents-{corpus.Identity}-{corpus.Count}-{key[..Math.Min(16, key.Length)]}.safetensors");
        if (File.Exists(path))
        {
            using var file = SafetensorsFile.Open(path);
            return new LatentCache(file.Read("latents").DetachFromDisposeScope());
        }
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Tensor? all = null;
        for (var start = 0; start < corpus.Count; start += BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var indices = Enumerable.Range(start, Math.Min(BatchSize, corpus.Count - start)).ToArray();
            var latents = encode(corpus.Batch(indices)).to_type(ScalarType.Float16).cpu();
            all ??= empty([corpus.Count, .. latents.shape[1..]], ScalarType.Float16).MoveToOtherDisposeScope(scope);
            all.narrow(0, start, indices.Length).copy_(latents);
            progress?.Report(start + indices.Length);
        }
        if (all is null) throw new LumenException($"{corpus.Identity} has no pictures.");
        SafetensorsWriter.Write(path, [KeyValuePair.Create("latents", all)]);
        return new LatentCache(all.DetachFromDisposeScope());
    }

    /// <summary>Latents of some pictures.</summary>
    /// <returns>[B, C, h, w] float32.</returns>
    public Tensor Batch(int[] indices)
    {
        using var scope = NewDisposeScope();
        return _latents.index_select(0, tensor(indices.Select(i => (long)i).ToArray())).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose() => _latents.Dispose();
}
