using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Layers;

public sealed class DotProductAttentionTests
{
    [Theory]
    [InlineData(1 << 20)] // all at once
    [InlineData(21 * 13 * 2)] // two heads at a time, the last one alone
    [InlineData(13 * 4)] // four queries at a time, the last one alone
    [InlineData(1)] // a query at a time, though its scores are more
    public void Blocks_of_any_size_give_the_formula(long scores)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = (Normal(1, 3, 21), Normal(2, 3, 13), Normal(3, 3, 13));
        var mixed = DotProductAttention.InBlocks(query, key, value, scores);
        Assert.Equal([1, 3, 21, 8], mixed.shape);
        Assert.InRange((mixed.to_type(ScalarType.Float64) - Formula(query, key, value)).abs().max().item<double>(), 0, 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void In_bfloat16_rounded_scores_cost_little_beside_the_fused_kernel(int batch)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (query, key, value) = (
            Rounded(Normal(1, 2 * batch, 1100)),
            Rounded(Normal(2, 2 * batch, 900)),
            Rounded(Normal(3, 2 * batch, 900))
        ); // more than a block of scores
        var exact = Formula(query, key, value);
        var mixed = Error(DotProductAttention.Mix(Split(query), Split(key), Split(value)));
        var fused = Error(nn.functional.scaled_dot_product_attention(query, key, value));
        Assert.InRange(mixed, 0, 4 * fused); // 2.6 was measured

        // heads side by side, as layers give them
        Tensor Split(Tensor x) => x.view(batch, 2, x.shape[2], x.shape[3]).transpose(1, 2).contiguous().transpose(1, 2);
        double Error(Tensor x) => (x.to_type(ScalarType.Float64).view(exact.shape) - exact).square().mean().sqrt().item<double>();
    }

    private static Tensor Normal(int stream, long heads, long tokens) => new RandomStream(1).For(stream).Normal([1, heads, tokens, 8]);

    private static Tensor Rounded(Tensor x) => x.to_type(ScalarType.BFloat16);

    private static Tensor Formula(Tensor query, Tensor key, Tensor value)
    {
        var (q, k, v) = (query.to_type(ScalarType.Float64), key.to_type(ScalarType.Float64), value.to_type(ScalarType.Float64));
        return einsum("bhts,bhsd->bhtd", nn.functional.softmax(einsum("bhtd,bhsd->bhts", q, k) / Math.Sqrt(q.shape[3]), -1), v);
    }
}
