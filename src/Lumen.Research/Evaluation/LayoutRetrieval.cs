using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>Compares layouts of results with layouts of references: the mean cosine over cells, 1 where equal.</summary>
public static class LayoutRetrieval
{
    /// <summary>Agreement of every result with every reference.</summary>
    /// <param name="results">[n, N, h, w] float32.</param>
    /// <param name="references">[m, N, h, w] float32.</param>
    /// <returns>[n, m] float32, -1...1; the caller disposes it.</returns>
    public static Tensor Agreements(Tensor results, Tensor references)
    {
        Shape.Require(results, nameof(results), "[n, N, h, w]", s => s.Length == 4);
        Shape.Require(
            references,
            nameof(references),
            $"[m, {Shape.Text(results.shape.Skip(1))[1..]}",
            s => s.AsSpan(1).SequenceEqual(results.shape.AsSpan(1))
        );
        using var scope = NewDisposeScope();
        var cells = results.shape[2] * results.shape[3];
        return (nn.functional.linear(Directions(results), Directions(references)) / cells).MoveToOuterDisposeScope();
    }

    /// <summary>Share of results whose own reference (the one of the same index) is the nearest, 0...1.</summary>
    /// <param name="agreements">[n, n].</param>
    public static double TopOne(Tensor agreements)
    {
        using var scope = NewDisposeScope();
        return agreements.argmax(1).eq(arange(agreements.shape[0])).to_type(ScalarType.Float64).mean().item<double>();
    }

    // [n, N, h, w] to [n, N·h·w] with every cell's vector of length 1
    private static Tensor Directions(Tensor maps) => nn.functional.normalize(maps, 2, 1, 1e-8).flatten(1);
}
