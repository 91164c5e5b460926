using System.Runtime.InteropServices;
using Lumen.Core.Native;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Layers;

/// <summary>
/// Softmax(Q Kᵀ / √d) V (Vaswani et al. 2017). In bfloat16 on a processor, products of its own in blocks of queries and a softmax in place
/// take a third of the time of the fused kernel (figures in the benchmarks' README); everywhere else that kernel is used. The softmax is
/// computed in float32 in both.
/// </summary>
internal static class DotProductAttention
{
    private const long BlockScores = 1 << 21; // 4 MB; larger and smaller blocks were slower on a processor with 1 MB of cache a core
    private const long TrainedScores = 256 * 256; // of one head; above that the probabilities are not kept for the gradient

    /// <param name="query">[B, heads, T, d].</param>
    /// <param name="key">[B, heads, S, d].</param>
    /// <param name="value">[B, heads, S, d].</param>
    /// <returns>[B, heads, T, d].</returns>
    public static Tensor Mix(Tensor query, Tensor key, Tensor value)
    {
        if (!Processor.HasBFloat16 || query.dtype != ScalarType.BFloat16 || query.device_type != DeviceType.CPU)
            return functional.scaled_dot_product_attention(query, key, value);
        if (!is_grad_enabled())
            return InBlocks(query, key, value, BlockScores);
        if (!Avx512Math.IsSupported)
            return functional.scaled_dot_product_attention(query, key, value);
        return KeepsProbabilities(query, key) ? Trained(query, key, value) : BlockedAttention.Apply(query, key, value, BlockScores);
    }

    // Where one thread computes a micro-batch: it saves a product.
    private static bool KeepsProbabilities(Tensor query, Tensor key) =>
        get_num_threads() == 1 && query.shape[2] * key.shape[2] <= TrainedScores;

    /// <summary>With a gradient of its own, whatever the number of threads.</summary>
    internal static Tensor Trained(Tensor query, Tensor key, Tensor value)
    {
        using var scope = NewDisposeScope();
        return Differentiable
            .apply(query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1))
            .view(query.shape)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The same in blocks of at most so many scores, whatever the type.</summary>
    internal static Tensor InBlocks(Tensor query, Tensor key, Tensor value, long scores)
    {
        if (query.shape[0] * query.shape[1] * query.shape[2] * key.shape[2] <= scores)
            return Whole(query, key, value);
        using var scope = NewDisposeScope();
        var (q, k, v) = Prepared(query, key, value);
        var mixed = empty_like(q); // [B·heads, T, d]
        foreach (var (maps, rows) in AttentionBlock.All(q, v, scores))
        {
            using var block = NewDisposeScope();
            Tensor Of(Tensor all) => all.narrow(0, maps.First, maps.Count);
            var part = Attend(Of(q).narrow(1, rows.First, rows.Count), Of(k), Of(v));
            Of(mixed).narrow(1, rows.First, rows.Count).copy_(part);
        }
        return mixed.view(query.shape).MoveToOuterDisposeScope();
    }

    private static Tensor Whole(Tensor query, Tensor key, Tensor value)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = Prepared(query, key, value);
        return Attend(q, k, v).view(query.shape).MoveToOuterDisposeScope();
    }

    // Heads are pictures of a batch; the scale goes to the queries, which are fewer than the scores.
    private static (Tensor Query, Tensor Key, Tensor Value) Prepared(Tensor query, Tensor key, Tensor value) =>
        (query.flatten(0, 1) / Math.Sqrt(query.shape[3]), key.flatten(0, 1).transpose(1, 2), value.flatten(0, 1));

    private static Tensor Attend(Tensor query, Tensor keys, Tensor value) =>
        !is_grad_enabled() && query.dtype == ScalarType.BFloat16 && query.device_type == DeviceType.CPU && Avx512Math.IsSupported
            ? Kernel(query, keys, value)
            : bmm(functional.softmax(bmm(query, keys), -1, ScalarType.Float32).to_type(query.dtype), value);

    private static unsafe Tensor Kernel(Tensor query, Tensor keys, Tensor value)
    {
        using var scores = bmm(query, keys); // [maps, T, S]
        var sums = Exponentials(scores);
        var mixed = bmm(scores, value); // [maps, T, d]
        fixed (ushort* bits = Bits(mixed))
        fixed (float* sum = sums)
            AttentionKernel.Divide(bits, sums.Length, (int)value.shape[2], sum);
        return mixed;
    }

    /// <summary>Softmax in place, but for the division by the sums of the rows.</summary>
    /// <param name="scores">[..., S] in bfloat16.</param>
    /// <returns>The sums.</returns>
    internal static unsafe float[] Exponentials(Tensor scores)
    {
        var columns = (int)scores.shape[^1];
        var sums = GC.AllocateUninitializedArray<float>((int)(scores.numel() / columns));
        fixed (ushort* bits = Bits(scores))
        fixed (float* sum = sums)
        {
            var (at, total) = ((nint)bits, (nint)sum);
            KernelThreads.Run(
                sums.Length,
                columns,
                (first, end) => AttentionKernel.Exponentials((ushort*)at + first * columns, end - first, columns, 1, (float*)total + first)
            );
        }
        return sums;
    }

    // Queries, keys and values [maps, T or S, d]; what is kept for the gradient are they and the probabilities.
    private sealed class Differentiable : autograd.SingleTensorFunction<Differentiable>
    {
        public override string Name => nameof(DotProductAttention);

        public override unsafe Tensor forward(autograd.AutogradContext context, params object[] inputs)
        {
            var (query, key, value) = ((Tensor)inputs[0], (Tensor)inputs[1], (Tensor)inputs[2]);
            using var scope = NewDisposeScope();
            var scores = bmm(query, key.transpose(1, 2)); // [maps, T, S]
            fixed (ushort* bits = Bits(scores))
                AttentionKernel.Softmax(bits, query.shape[0] * query.shape[1], (int)key.shape[1], Factor(query));
            KeptForGradient.Save(context, inputs, [query, key, value, scores.MoveToOuterDisposeScope()]); // saved after the return
            return bmm(scores, value).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient) =>
            KeptForGradient.Use(context, gradient, saved => Gradients(saved, gradient));

        private static unsafe Tensor[] Gradients(IReadOnlyList<Tensor> saved, Tensor gradient)
        {
            var (query, key, value, probabilities) = (saved[0], saved[1], saved[2], saved[3]);
            var ofValue = bmm(probabilities.transpose(1, 2), gradient);
            var ofScores = bmm(gradient, value.transpose(1, 2)); // [maps, T, S]
            fixed (
                ushort* bits = Bits(probabilities),
                    slopes = Bits(ofScores)
            )
                AttentionKernel.Gradient(bits, slopes, query.shape[0] * query.shape[1], (int)key.shape[1], Factor(query));
            return [bmm(ofScores, key), bmm(ofScores.transpose(1, 2), query), ofValue];
        }

        private static float Factor(Tensor query) => (float)(1 / Math.Sqrt(query.shape[2]));
    }

    private static Span<ushort> Bits(Tensor tensor) => MemoryMarshal.Cast<byte, ushort>(tensor.bytes);
}
