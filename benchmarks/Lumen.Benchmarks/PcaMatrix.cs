using Lumen.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>
/// A tall matrix that is made piece by piece, the same in every program: 32 directions of falling strength plus noise. Each piece takes its
/// rows of coefficients and of noise from two banks, rolled by amounts that differ, so that no two pieces are equal.
/// </summary>
internal sealed class PcaMatrix : IDisposable
{
    /// <summary>Rows of a piece: scikit-learn's default batch, five times the channels.</summary>
    public const int Chunk = 5 * Channels;

    public const int Channels = 1280;

    private const int Rank = 32;
    private static readonly Scalar One = 1; // not a new one a piece: see StreamingMoments
    private readonly Tensor _directions; // [32, C]
    private readonly Tensor _coefficients; // [chunk, 32]
    private readonly Tensor _noise; // [chunk, C]

    public PcaMatrix()
    {
        using var scope = NewDisposeScope();
        var random = new RandomStream(1);
        var strengths = tensor([.. Enumerable.Range(0, Rank).Select(i => (float)(6 * Math.Pow(0.9, i)))]);
        _directions = (random.For(0).Normal(Rank, Channels) / Math.Sqrt(Channels)).DetachFromDisposeScope();
        _coefficients = ((random.For(1).Normal(Chunk, Rank) + 0.5f) * strengths).DetachFromDisposeScope();
        _noise = (random.For(2).Normal(Chunk, Channels) * 0.05f).DetachFromDisposeScope();
    }

    /// <summary>Piece k: [rows, C], float32; the caller disposes it.</summary>
    public Tensor Piece(int k, long rows)
    {
        using var scope = NewDisposeScope();
        var whole = _coefficients.roll(97L * k % Chunk, 0).mm(_directions).add_(_noise.roll(31L * k % Chunk, 0), One);
        return whole.narrow(0, 0, Math.Min(rows, Chunk)).MoveToOuterDisposeScope();
    }

    /// <summary>Writes what another program needs to make the same pieces.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, bank) in new[] { ("directions", _directions), ("coefficients", _coefficients), ("noise", _noise) })
            File.WriteAllBytes(Path.Combine(folder, $"{name}.f32"), bank.bytes.ToArray());
    }

    public void Dispose()
    {
        _directions.Dispose();
        _coefficients.Dispose();
        _noise.Dispose();
    }
}
