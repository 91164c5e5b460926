using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Lumen.Models.Layers;

/// <summary>
/// Attention over many tokens with a gradient of its own: queries, keys and values are kept, and the probabilities of a block of queries
/// are computed again when its gradient comes (as in FlashAttention, Dao et al. 2022), by bfloat16 products and a softmax in place. The
/// gradients of keys and values are summed over the blocks in float32.
/// </summary>
internal static class BlockedAttention
{
    /// <param name="query">[B, heads, T, d] in bfloat16.</param>
    /// <param name="key">[B, heads, S, d].</param>
    /// <param name="value">[B, heads, S, d].</param>
    /// <param name="scores">Most scores of a block.</param>
    /// <returns>[B, heads, T, d].</returns>
    public static Tensor Apply(Tensor query, Tensor key, Tensor value, long scores)
    {
        using var scope = NewDisposeScope();
        return Differentiable
            .apply(query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1), scores)
            .view(query.shape)
            .MoveToOuterDisposeScope();
    }

    private static Tensor?[] Gradients(IReadOnlyList<Tensor> saved, Tensor slope, bool[] wanted, long scores)
    {
        var (query, key, value) = (saved[0], saved[1], saved[2]); // [maps, T or S, d]
        var (ofQuery, ofKey, ofValue) = (Sum(query, wanted[0]), Sum(key, wanted[1]), Sum(value, wanted[2]));
        foreach (var (maps, rows) in AttentionBlock.All(query, key, scores))
        {
            using var block = NewDisposeScope();
            Tensor Of(Tensor all) => all.narrow(0, maps.First, maps.Count);
            Tensor Rows(Tensor all) => Of(all).narrow(1, rows.First, rows.Count);
            var (q, k, v, gradient) = (Rows(query), Of(key), Of(value), Rows(slope));
            var probabilities = bmm(q, k.transpose(1, 2)); // [m, t, S]
            var ofScores = bmm(gradient, v.transpose(1, 2));
            var factor = (float)(1 / Math.Sqrt(query.shape[2]));
            Differentiate(probabilities, ofScores, factor);
            if (ofValue is not null)
                Of(ofValue).add_(bmm(probabilities.transpose(1, 2), gradient));
            if (ofKey is not null)
                Of(ofKey).add_(bmm(ofScores.transpose(1, 2), q));
            if (ofQuery is not null)
                Rows(ofQuery).copy_(bmm(ofScores, k));
        }
        return [ofQuery?.to_type(query.dtype), ofKey?.to_type(key.dtype), ofValue?.to_type(value.dtype)];

        static Tensor? Sum(Tensor like, bool wanted) => wanted ? zeros(like.shape, ScalarType.Float32) : null;
    }

    // Scores become probabilities, their gradients those of the scores.
    private static unsafe void Differentiate(Tensor scores, Tensor slopes, float factor)
    {
        var columns = (int)scores.shape[^1];
        fixed (
            ushort* score = Bits(scores),
                slope = Bits(slopes)
        )
        {
            var (at, to) = ((nint)score, (nint)slope);
            KernelThreads.Run(
                scores.numel() / columns,
                columns,
                (first, end) =>
                {
                    ushort* rows = (ushort*)at + first * columns;
                    AttentionKernel.Softmax(rows, end - first, columns, factor);
                    AttentionKernel.Gradient(rows, (ushort*)to + first * columns, end - first, columns, factor);
                }
            );
        }
    }

    private static Span<ushort> Bits(Tensor tensor) => MemoryMarshal.Cast<byte, ushort>(tensor.bytes);

    private sealed class Differentiable : autograd.SingleTensorFunction<Differentiable>
    {
        public override string Name => nameof(BlockedAttention);

        public override Tensor forward(autograd.AutogradContext context, params object[] inputs)
        {
            var tensors = inputs.OfType<Tensor>().ToList();
            KeptForGradient.Save(context, inputs, tensors);
            context.save_data("wanted", tensors.Select(input => input.requires_grad).ToArray());
            context.save_data("scores", inputs[3]);
            using var scope = NewDisposeScope();
            var (query, key, value) = (tensors[0].unsqueeze(0), tensors[1].unsqueeze(0), tensors[2].unsqueeze(0));
            return DotProductAttention.InBlocks(query, key, value, (long)inputs[3]).squeeze(0).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient) =>
            KeptForGradient.Use(
                context,
                gradient,
                saved => [.. Gradients(saved, gradient, (bool[])context.get_data("wanted"), (long)context.get_data("scores")), null]
            );
    }
}
