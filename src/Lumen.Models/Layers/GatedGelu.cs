using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lumen.Core.Tensors;
using TorchSharp;
using static Lumen.Models.Layers.Avx512Math;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Layers;

/// <summary>
/// a · gelu(g) of the halves a and g of every row, with the exact GELU (Shazeer 2020, "GEGLU"). In bfloat16 it is one kernel, with a
/// gradient of its own where a single thread computes.
/// </summary>
internal static class GatedGelu
{
    /// <param name="halves">[..., 2·D]: a, then g.</param>
    /// <returns>[..., D].</returns>
    public static Tensor Apply(Tensor halves)
    {
        using var scope = NewDisposeScope();
        if (!Suits(halves))
        {
            var parts = Pieces.Of(halves, 2, -1);
            return (parts[0] * functional.gelu(parts[1])).MoveToOuterDisposeScope();
        }
        return Fused(halves).MoveToOuterDisposeScope();
    }

    /// <summary>The kernel, whatever the number of threads.</summary>
    internal static Tensor Fused(Tensor halves)
    {
        using var scope = NewDisposeScope();
        var whole = halves.contiguous();
        return (is_grad_enabled() ? Differentiable.apply(whole) : Forward(whole)).MoveToOuterDisposeScope();
    }

    private static bool Suits(Tensor halves) =>
        halves.device_type == DeviceType.CPU
        && halves.dtype == ScalarType.BFloat16
        && halves.shape[^1] % (2 * Width) == 0
        && IsSupported
        && (get_num_threads() == 1 || !is_grad_enabled());

    private static unsafe Tensor Forward(Tensor halves)
    {
        var result = empty([.. halves.shape[..^1], halves.shape[^1] / 2], halves.dtype);
        fixed (
            ushort* source = Bits(halves),
                target = Bits(result)
        )
        {
            var (from, to, width) = ((nint)source, (nint)target, (int)result.shape[^1]);
            KernelThreads.Run(
                result.numel() / width,
                2 * width,
                (first, end) => Multiply((ushort*)from + first * 2 * width, (ushort*)to + first * width, end - first, width)
            );
        }
        return result;
    }

    private static unsafe void Multiply(ushort* source, ushort* target, long rows, int width)
    {
        for (var row = 0L; row < rows; row++, source += 2 * width, target += width)
        {
            for (var i = 0; i < width; i += Width)
            {
                var gate = Load(source + width + i);
                Store(Load(source + i) * gate * Normal(gate, Exp(gate * gate * -0.5f)), target + i);
            }
        }
    }

    private static unsafe void Differentiate(ushort* source, ushort* gradient, ushort* target, long rows, int width)
    {
        for (var row = 0L; row < rows; row++, source += 2 * width, target += 2 * width, gradient += width)
        {
            for (var i = 0; i < width; i += Width)
            {
                var (gate, slope) = (Load(source + width + i), Load(gradient + i));
                var bell = Exp(gate * gate * -0.5f);
                var normal = Normal(gate, bell);
                Store(slope * gate * normal, target + i);
                Store(slope * Load(source + i) * Vector512.FusedMultiplyAdd(gate * 0.39894228f, bell, normal), target + width + i);
            }
        }
    }

    // The normal distribution's integral up to x, by the error function's approximation 7.1.26 of Abramowitz and Stegun (1964): absolute
    // error below 1e-7. bell is e^(-x²/2).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Normal(Vector512<float> x, Vector512<float> bell)
    {
        var t = Reciprocal(Vector512.FusedMultiplyAdd(Vector512.Abs(x), Vector512.Create(0.3275911f * 0.70710678f), Vector512<float>.One));
        var p = Vector512.FusedMultiplyAdd(t, Vector512.Create(1.061405429f), Vector512.Create(-1.453152027f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(1.421413741f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(-0.284496736f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.254829592f));
        var tail = p * t * bell * 0.5f; // of |x| and beyond
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), tail, Vector512<float>.One - tail);
    }

    private static Span<ushort> Bits(Tensor tensor) => MemoryMarshal.Cast<byte, ushort>(tensor.bytes);

    private sealed class Differentiable : autograd.SingleTensorFunction<Differentiable>
    {
        public override string Name => nameof(GatedGelu);

        public override Tensor forward(autograd.AutogradContext context, params object[] inputs)
        {
            KeptForGradient.Save(context, inputs, [(Tensor)inputs[0]]);
            return Forward((Tensor)inputs[0]);
        }

        public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient) =>
            KeptForGradient.Use(context, gradient, saved => [OfInput(saved[0], gradient)]);

        private static unsafe Tensor OfInput(Tensor halves, Tensor gradient)
        {
            var slopes = gradient.contiguous();
            var result = empty_like(halves);
            fixed (
                ushort* source = Bits(halves),
                    slope = Bits(slopes),
                    target = Bits(result)
            )
                Differentiate(source, slope, target, slopes.numel() / slopes.shape[^1], (int)slopes.shape[^1]);
            return result;
        }
    }
}
