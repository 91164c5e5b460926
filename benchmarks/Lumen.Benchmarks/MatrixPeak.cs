using System.Diagnostics;
using Lumen.Models.Layers;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>What the processor reaches in a large matrix product: the yardstick of everything else.</summary>
internal static class MatrixPeak
{
    /// <summary>Best of five products, in GFLOP per second of processor time, so that other programs on the machine do not count.</summary>
    public static double GigaFlops(ScalarType type)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        const int Warm = 256;
        using (var small = ones([Warm, Warm], dtype: type))
            mm(small, small).Dispose();
        var first = Rate(type, 512);
        return first < 20 ? first : Enumerable.Range(0, 5).Max(_ => Rate(type, 2048)); // an emulated type is too slow for the large one
    }

    /// <summary>
    /// Processor time in seconds of the self-attention in a 64x64 block of Stable Diffusion 1.5, for the two branches of guidance, by
    /// libtorch's fused kernel and as the networks do it; best of three.
    /// </summary>
    public static (double Fused, double Own) AttentionSeconds(ScalarType type)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var tokens = ones([2, 8, 64 * 64, 40], dtype: type); // [B, heads, T, D/heads]
        return (
            Best(() => nn.functional.scaled_dot_product_attention(tokens, tokens, tokens)),
            Best(() => DotProductAttention.Mix(tokens, tokens, tokens))
        );

        double Best(Func<Tensor> mix) => Enumerable.Range(0, 3).Min(_ => Seconds(() => mix().Dispose()));
    }

    private static double Seconds(Action act)
    {
        var start = Process.GetCurrentProcess().TotalProcessorTime;
        act();
        return (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds / get_num_threads();
    }

    private static double Rate(ScalarType type, int size)
    {
        using var scope = NewDisposeScope();
        var (left, right) = (ones([size, size], dtype: type), ones([size, size], dtype: type));
        return 2.0 * size * size * size / Math.Max(Seconds(() => mm(left, right)), 1e-3) / 1e9;
    }
}
