using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>Prompt embeddings of a corpus' captions under a frozen text encoder, computed once: equal captions share one.</summary>
internal sealed class TextCache : IDisposable
{
    private const int BatchSize = 64;
    private readonly Tensor _embeddings; // [distinct captions + 1, T, D] in the model's type, where it is; row 0 is the empty prompt
    private readonly long[] _rows;

    /// <param name="model">Embeds the captions.</param>
    /// <param name="corpus">Its captions.</param>
    public TextCache(DiffusionModel model, PictureCorpus corpus)
    {
        var rows = new Dictionary<string, long>(StringComparer.Ordinal) { [""] = 0 };
        _rows = new long[corpus.Count];
        for (var i = 0; i < corpus.Count; i++)
        {
            var caption = corpus.Caption(i);
            if (!rows.TryGetValue(caption, out _rows[i]))
                rows[caption] = _rows[i] = rows.Count;
        }
        using var scope = NewDisposeScope();
        var parts = rows.OrderBy(row => row.Value).Select(row => row.Key).Chunk(BatchSize).Select(Embed).ToArray();
        _embeddings = cat(parts).DetachFromDisposeScope();

        Tensor Embed(string[] texts)
        {
            using var pass = NewDisposeScope();
            return model.Embed(texts).to_type(model.Placement.Compute).MoveToOuterDisposeScope(); // as the networks take it
        }
    }

    /// <summary>Embeddings of some pictures' captions, a fraction of them replaced by that of the empty prompt.</summary>
    /// <returns>[B, T, D] in the model's type, where it is.</returns>
    public Tensor Batch(int[] indices, double dropFraction, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var rows = indices.Select((index, i) => random.UniformAt(i) < dropFraction ? 0 : _rows[index]).ToArray();
        return _embeddings.index_select(0, tensor(rows).to(_embeddings.device)).MoveToOuterDisposeScope();
    }

    public void Dispose() => _embeddings.Dispose();
}
