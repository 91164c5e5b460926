using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Text;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Generation;

/// <summary>What emphasis does to the embeddings of a prompt.</summary>
public sealed class PromptEmphasisTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();
    private readonly DiffusionModel _model;

    public PromptEmphasisTests() => _model = DiffusionModel.Load(TinyModels.Write(_folder.File("tiny")), Placement.Reference);

    public void Dispose()
    {
        _model.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("a street at night in fog", "a street at night in fog")]
    [InlineData("a street at night in (fog:1.0)", "a street at night in fog")]
    [InlineData("([a street]) at night", "a street at night")]
    [InlineData(@"a street \(at night\)", "a street (at night)")]
    public void A_weight_of_one_is_no_weight(string weighted, string plain) =>
        TensorAssert.Same(_model.Embed([plain]), _model.EmbedWeighted(weighted));

    [Fact]
    public void A_weight_without_bounds_is_refused_before_it_makes_numbers_that_are_none() =>
        Assert.Contains(
            "gives words a weight without bounds",
            Assert.Throws<LumenException>(() => _model.EmbedWeighted($"a street in (fog:{new string('9', 400)})")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_weight_multiplies_the_hidden_states_of_its_tokens_and_the_mean_stays()
    {
        using (no_grad())
            // trained encoders have a mean, fresh ones have none
            _model.TextEncoder.state_dict()["text_model.final_layer_norm.bias"].fill_(0.3);
        var plain = _model.Embed(["a street at night"]); // begin, a, street, at, night, end, padding
        var weighted = _model.EmbedWeighted("a (street at:1.5) night");
        Assert.InRange(plain.mean().item<float>(), 0.25f, 0.35f);
        TensorAssert.Close(plain.mean(), weighted.mean(), 1e-5, 1e-5);
        var ratio = weighted / plain; // one number for each token
        var others = ratio[0, 0, 0].item<float>();
        Assert.InRange(others, 0.5f, 0.99f);
        foreach (var token in Enumerable.Range(0, TinyModels.MaxTokens))
            TensorAssert.Close(
                full(16, token is 2 or 3 ? 1.5 * others : others, ScalarType.Float32),
                ratio[0, token],
                1e-4,
                1e-4,
                $"token {token}"
            );
    }

    [Fact]
    public void The_syntax_takes_no_tokens()
    {
        var (plain, weighted) = (
            _model.Tokenizer.Encode("a street at night in fog"),
            _model.Tokenizer.Encode(WeightedPrompt.Parse("((a street:1.2)) at [night] in (fog:0.8)"))
        );
        Assert.Equal((plain.Count, plain.Truncated), (weighted.Count, weighted.Truncated));
        Assert.Equal(plain.Ids, weighted.Ids);
        var cut = _model.Tokenizer.Encode(WeightedPrompt.Parse($"({string.Join(' ', Enumerable.Repeat("a street", 10))}:1.2) at night"));
        Assert.Equal((TinyModels.MaxTokens, 1f), (cut.Count, cut.Weights![^1]));
        Assert.EndsWith("at night", cut.Truncated, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_follow_the_emphasis_of_both_prompts()
    {
        var generator = new ImageGenerator(_model, null);
        byte[] Pixels(string prompt, string negative = "") =>
            generator
                .Generate(
                    new GenerationRequest(prompt, null, 32, 32) { NegativePrompt = negative },
                    new GenerationOptions { NumInferenceSteps = 2 }
                )[0]
                .Rgb;

        var plain = Pixels("a street at night");
        Assert.Equal(plain, Pixels("a street at (night:1.0)"));
        Assert.NotEqual(plain, Pixels("a street at (night:1.8)"));
        Assert.NotEqual(Pixels("a street", "day"), Pixels("a street", "(day:1.8)"));
        Assert.Equal(Pixels("a street", "day"), Pixels("a street", "(day:1)"));
    }
}
