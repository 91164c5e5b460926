using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using Lumen.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Tests.Models.Layers;

/// <summary>
/// Kernels with gradients of their own against PyTorch's operators in float32 on the same bfloat16 inputs. What they may be off by is the
/// rounding of a result to bfloat16 (half of 2^-7) and, for sums, some more.
/// </summary>
public sealed class FusedKernelTests
{
    private const double Relative = 0.008;
    private const double Absolute = 0.01;

    [Theory]
    [InlineData(2, 32, 8, 8, 5, true, true)]
    [InlineData(3, 48, 3, 4, 6, true, false)] // groups that end inside a vector of channels
    [InlineData(1, 160, 8, 1, 1, false, false)]
    [InlineData(2, 16, 16, 7, 3, false, true)]
    public void Group_norm_with_shift_and_activation_is_the_operators_one_after_the_other(
        long batch,
        long channels,
        long groups,
        long height,
        long width,
        bool activated,
        bool shifted
    )
    {
        SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        var random = new RandomStream(5);
        var x = Rounded(random.For(0).Normal(batch, channels, height, width) * 2 + 3);
        var shift = shifted ? Rounded(random.For(1).Normal(batch, channels)) : null;
        var (weight, bias) = (Rounded(random.For(2).Uniform(channels) + 0.5), Rounded(random.For(3).Normal(channels)));
        var slope = Rounded(random.For(4).Normal(batch, channels, height, width));
        var got = Differentiate(ScalarType.BFloat16, (norm, input, added) => NormedActivation.Fused(norm, input, added, activated));
        var want = Differentiate(
            ScalarType.Float32,
            (norm, input, added) =>
            {
                var normed = norm.call(added is null ? input : input + added.unsqueeze(-1).unsqueeze(-1));
                return activated ? functional.silu(normed) : normed;
            }
        );
        Assert.Equal(shifted ? 5 : 4, want.Count);
        foreach (var (name, expected) in want)
            TensorAssert.Close(expected, got[name], Absolute, Relative, name);

        Dictionary<string, Tensor> Differentiate(ScalarType type, Func<TorchSharp.Modules.GroupNorm, Tensor, Tensor?, Tensor> apply)
        {
            var norm = GroupNorm(groups, channels, 1e-5);
            using (no_grad())
            {
                norm.weight!.copy_(weight);
                norm.bias!.copy_(bias);
            }
            norm.to(type);
            var (input, added) = (x.to(type).requires_grad_(), shift?.to(type).requires_grad_());
            var result = apply(norm, input, added);
            result.backward([slope.to(type)]);
            var figures = new Dictionary<string, Tensor>
            {
                ["result"] = result.detach(),
                ["input"] = input.grad!,
                ["weight"] = norm.weight!.grad!,
                ["bias"] = norm.bias!.grad!,
            };
            if (added is not null)
                figures["shift"] = added.grad!;
            return figures;
        }
    }

    [Fact]
    public void Group_norm_keeps_its_digits_where_the_mean_is_large()
    {
        SkipWithoutAvx512();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var x = Rounded(new RandomStream(5).Normal(1, 32, 16, 16) + 20);
        var norm = GroupNorm(4, 32);
        norm.weight!.fill_(1);
        norm.bias!.zero_();
        var want = norm.call(x);
        TensorAssert.Close(
            want,
            NormedActivation.Fused(norm.to(ScalarType.BFloat16), x.bfloat16(), null, activated: false),
            Absolute,
            Relative
        );
    }

    [Theory]
    [InlineData(32)]
    [InlineData(96)]
    public void Gated_gelu_is_the_product_with_pytorchs_exact_gelu(long width)
    {
        SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        var halves = Rounded(new RandomStream(6).Normal(3, 7, 2 * width) * 3);
        var slope = Rounded(new RandomStream(7).Normal(3, 7, width));
        var (wide, narrow) = (halves.clone().requires_grad_(), halves.bfloat16().detach().requires_grad_());
        var parts = wide.chunk(2, 2);
        var want = parts[0] * functional.gelu(parts[1]);
        want.backward([slope]);
        var got = GatedGelu.Fused(narrow);
        got.backward([slope.bfloat16()]);
        TensorAssert.Close(want.detach(), got.detach(), Absolute, Relative);
        TensorAssert.Close(wide.grad!, narrow.grad!, Absolute, Relative, "gradient");
    }

    [Theory]
    [InlineData(64, 64, 0)]
    [InlineData(9, 77, 0)] // keys that fill no whole vector
    [InlineData(5, 3, 0)]
    [InlineData(64, 64, 64 * 64 * 4)] // four heads of six at a time
    [InlineData(64, 77, 77 * 20)] // twenty queries at a time, the last four alone
    [InlineData(5, 33, 1)]
    public void Attention_with_a_gradient_of_its_own_is_the_formula(long queries, long keys, long block)
    {
        SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        var random = new RandomStream(8);
        Tensor[] inputs =
        [
            Rounded(random.For(0).Normal(2, 3, queries, 16)),
            Rounded(random.For(1).Normal(2, 3, keys, 16)),
            Rounded(random.For(2).Normal(2, 3, keys, 16)),
        ];
        var slope = Rounded(random.For(3).Normal(2, 3, queries, 16));
        var (wide, narrow) = (
            inputs.Select(x => x.clone().requires_grad_()).ToArray(),
            inputs.Select(x => x.bfloat16().requires_grad_()).ToArray()
        );
        var (query, key, value) = (wide[0].flatten(0, 1), wide[1].flatten(0, 1), wide[2].flatten(0, 1));
        var want = bmm(functional.softmax(bmm(query, key.transpose(1, 2)) / 4, -1), value).view(slope.shape);
        want.backward([slope]);
        var got =
            block > 0
                ? BlockedAttention.Apply(narrow[0], narrow[1], narrow[2], block)
                : DotProductAttention.Trained(narrow[0], narrow[1], narrow[2]);
        got.backward([slope.bfloat16()]);
        // Scores are rounded to bfloat16 before their softmax.
        TensorAssert.Close(want.detach(), got.detach(), 0.03, 0.02);
        foreach (var (expected, found) in wide.Zip(narrow))
            TensorAssert.Close(expected.grad!, found.grad!, 0.03, 0.02, "gradient");
    }

    [Fact]
    public void Blocked_attention_gives_the_same_gradients_on_any_number_of_threads_and_none_that_is_not_wanted()
    {
        SkipWithoutAvx512();
        using var scope = NewDisposeScope();
        var random = new RandomStream(11);
        Tensor Input(int stream, long tokens) => random.For(stream).Normal(2, 4, tokens, 32).bfloat16();
        var (query, key, value, slope) = (Input(0, 700), Input(1, 90), Input(2, 90), Input(3, 700));
        var made = new[] { 1, 2, 3 }
            .Select(threads =>
            {
                using var own = new ThreadScope(threads);
                var (q, v) = (query.clone().requires_grad_(), value.clone().requires_grad_());
                BlockedAttention.Apply(q, key, v, 100_000).backward([slope]);
                return (Tensor[])[q.grad!, v.grad!];
            })
            .ToArray();
        foreach (var other in made[1..])
        foreach (var (first, second) in made[0].Zip(other))
            TensorAssert.Same(first, second);
        Assert.Null(key.grad);
    }

    [Fact]
    public void Without_gradients_kernels_give_the_same_bits_on_any_number_of_threads()
    {
        SkipWithoutAvx512();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomStream(9);
        var maps = random.For(0).Normal(2, 96, 40, 40).bfloat16();
        var shift = random.For(1).Normal(2, 96).bfloat16();
        var norm = GroupNorm(8, 96);
        norm.weight!.fill_(1.5);
        norm.bias!.fill_(0.25);
        norm.to(ScalarType.BFloat16);
        var halves = random.For(2).Normal(3, 300, 2 * 160).bfloat16();
        var scores = random.For(3).Normal(1000, 333);
        var made = new[] { 1, 2, 5 }
            .Select(threads =>
            {
                using var own = new ThreadScope(threads);
                var exponentials = scores.bfloat16();
                var sums = DotProductAttention.Exponentials(exponentials);
                return (Tensor[])[NormedActivation.Apply(norm, maps, shift), GatedGelu.Apply(halves), exponentials, tensor(sums)];
            })
            .ToArray();
        foreach (var other in made[1..])
        foreach (var (first, second) in made[0].Zip(other))
            TensorAssert.Same(first, second);
        var shifted = maps.to(ScalarType.Float32) + shift.to(ScalarType.Float32).unsqueeze(-1).unsqueeze(-1);
        TensorAssert.Close(functional.silu(norm.to(ScalarType.Float32).call(shifted)), made[0][0], Absolute, Relative);
        var softmax = functional.softmax(scores.bfloat16().to(ScalarType.Float32), -1);
        TensorAssert.Close(softmax, made[0][2].to(ScalarType.Float32) / made[0][3].unsqueeze(-1), 1e-5, Relative);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_no_number_stays_visible(float fault)
    {
        SkipWithoutAvx512();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var random = new RandomStream(10);
        var (query, tokens) = (random.For(0).Normal(1, 1, 3, 16), random.For(1).Normal(1, 1, 40, 16).bfloat16());
        query[0, 0, 1, 5] = fault;
        var halves = random.For(2).Normal(3, 64);
        halves[1, 40] = fault;
        var maps = random.For(3).Normal(1, 32, 4, 4);
        maps[0, 3, 1, 1] = fault;
        var norm = GroupNorm(4, 32);
        norm.weight!.fill_(1);
        norm.bias!.zero_();
        var mixed = DotProductAttention.Mix(query.bfloat16(), tokens, tokens)[0, 0]; // [3, 16]
        var gated = GatedGelu.Apply(halves.bfloat16()); // [3, 32]
        var normed = NormedActivation.Apply(norm.to(ScalarType.BFloat16), maps.bfloat16()).flatten(2)[0]; // [C, H·W]
        foreach (var (result, row, other) in new[] { (mixed, 1, 0), (gated, 1, 0), (normed, 3, 20) })
        {
            Assert.False(result[row].isfinite().all().item<bool>());
            Assert.True(result[other].isfinite().all().item<bool>());
        }
    }

    [Fact]
    public void Kernels_with_gradients_of_their_own_hold_no_memory()
    {
        SkipWithoutAvx512();
        var norm = GroupNorm(4, 32).to(ScalarType.BFloat16);
        TensorLeak.Check(
            () =>
            {
                using var scope = NewDisposeScope();
                var x = ones([4, 32, 16, 16], dtype: ScalarType.BFloat16).requires_grad_();
                var tokens = GatedGelu
                    .Fused(NormedActivation.Fused(norm, x, null, activated: true).flatten(2).transpose(1, 2))
                    .unsqueeze(1); // [4, 1, 256, 16]
                DotProductAttention.Trained(tokens, tokens, tokens).sum().backward();
                BlockedAttention.Apply(x, x, x, 1000).sum().backward();
                norm.zero_grad();
            },
            30
        );
    }

    // Numbers that bfloat16 holds, in float32: what is compared is the arithmetic, not the rounding of its inputs.
    private static Tensor Rounded(Tensor numbers) => numbers.bfloat16().to_type(ScalarType.Float32);

    private static void SkipWithoutAvx512() =>
        Assert.SkipUnless(Avx512Math.IsSupported, "These kernels need AVX-512; without it PyTorch's operators are used.");
}
