using System.Text.Json;
using CsCheck;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Text;
using Lumen.Research.Evaluation;
using Lumen.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Text;

public sealed class ClipTextModelTests
{
    private static readonly ClipTextConfig Tiny = new(
        VocabularySize: 50,
        HiddenSize: 16,
        IntermediateSize: 32,
        Layers: 3,
        Heads: 2,
        MaxPositions: 12
    );

    private static Placement BFloat16 => new(CPU, ScalarType.BFloat16);

    [Theory]
    [InlineData("sd/io/text_encoder", "sd/pipeline/text_encoder", false)]
    [InlineData("sd/io/text_encoder", "sd/pipeline/text_encoder", true)]
    [InlineData("sd2/text_encoder_gelu", "sd2/text_encoder_gelu", false)]
    [InlineData("sd2/text_encoder_gelu", "sd2/text_encoder_gelu", true)]
    public void The_encoder_equals_the_reference(string data, string model, bool half)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var encoder = Load(Golden.Folder(model), half ? BFloat16 : Placement.Reference);
        var want = Golden.Tensors($"{data}/outputs.safetensors");
        var ids = Golden.Tensors($"{data}/inputs.safetensors")["input_ids"];
        var output = encoder.Encode(ids);
        var looser = half ? 30 : 1;
        foreach (var (name, tensor) in want)
            TensorAssert.Close(tensor, Find(output, name, ids.shape[0]), 2e-4 * looser, 1e-3 * looser, name);
        TensorAssert.Close(want["last_hidden_state"], encoder.call(ids), 2e-4 * looser, 1e-3 * looser, "forward");
    }

    [Theory]
    [InlineData("keys/clip_vit_l14_text")]
    [InlineData("keys/sd21_openclip_h_text")]
    public void The_published_size_has_the_published_names_and_shapes(string folder)
    {
        using var published = JsonDocument.Parse(File.ReadAllText(Golden.Path($"{folder}/keys.json")));
        var want = published
            .RootElement.EnumerateObject()
            .ToDictionary(p => p.Name, p => Shape.Text(p.Value.EnumerateArray().Select(n => n.GetInt64())), StringComparer.Ordinal);
        // Blank weights on the meta device: names and shapes without 340 million numbers.
        using var model = new ClipTextModel(
            ClipTextConfig.Parse(File.ReadAllText(Golden.Path($"{folder}/config.json"))),
            new Placement(META, ScalarType.Float32)
        );
        Assert.Equal(
            want.OrderBy(p => p.Key, StringComparer.Ordinal),
            model.state_dict().ToDictionary(p => p.Key, p => Shape.Text(p.Value.shape)).OrderBy(p => p.Key, StringComparer.Ordinal)
        );
    }

    [Fact]
    public void A_later_token_does_not_change_what_stands_before_it()
    {
        using var model = Fresh(Tiny);
        Gen.Select(Gen.Long[0, 49].Array[12], Gen.Int[1, 11], Gen.Long[0, 49])
            .Sample(
                (ids, at, other) =>
                {
                    using var scope = NewDisposeScope();
                    using var quiet = no_grad();
                    long[] changed = [.. ids];
                    changed[at] = other;
                    var before = model.call(tensor(ids, 1, 12)).narrow(1, 0, at);
                    var after = model.call(tensor(changed, 1, 12)).narrow(1, 0, at);
                    return before.allclose(after, 1e-6, 1e-6);
                },
                iter: 30,
                threads: 1
            );
    }

    [Fact]
    public void A_prompt_means_the_same_alone_and_in_a_batch()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = Fresh(Tiny);
        var ids = randint(0, 50, [4, 12], ScalarType.Int64, generator: new Generator(7));
        var together = model.call(ids);
        for (var i = 0; i < 4; i++)
            TensorAssert.Close(together[i].unsqueeze(0), model.call(ids[i].unsqueeze(0)), 1e-5, 1e-5);
    }

    [Fact]
    public void The_pooled_row_is_that_of_the_first_end_token()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = Fresh(Tiny with { EndOfTextId = 40 });
        var output = model.Encode(tensor(new long[] { 1, 49, 40, 40, 2, 7, 40, 3, 4, 5 }, 2, 5)); // first end tokens: 2 and 1
        TensorAssert.Same(output.LastHiddenState[0, 2], output.Pooled[0]);
        TensorAssert.Same(output.LastHiddenState[1, 1], output.Pooled[1]);
    }

    [Fact]
    public void The_same_stream_draws_the_same_weights_and_another_other_ones()
    {
        using var scope = NewDisposeScope();
        using var first = Fresh(Tiny);
        using var again = Fresh(Tiny);
        using var other = Fresh(Tiny, seed: 2);
        foreach (var (name, weights) in first.state_dict())
            TensorAssert.Same(weights, again.state_dict()[name], name);
        const string tokens = "text_model.embeddings.token_embedding.weight";
        Assert.False(first.state_dict()[tokens].eq(other.state_dict()[tokens]).any().item<bool>());
        Assert.InRange(first.state_dict()[tokens].std().item<float>(), 0.017f, 0.023f);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_parameter_is_a_leaf_that_receives_a_gradient_and_learns(bool half)
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(Tiny, placement: half ? BFloat16 : Placement.Reference);
        var ids = arange(12, ScalarType.Int64).unsqueeze(0);
        var target = new RandomStream(3).Normal(1, 12, 16);
        using var optimiser = new ProbeOptimizer([.. model.parameters()], weightDecay: 0.01);
        List<float> losses = [];
        for (var step = 0; step < 15; step++)
        {
            optimiser.ClearGradients();
            var loss = nn.functional.mse_loss(model.call(ids).to(ScalarType.Float32), target);
            loss.backward();
            optimiser.Step(1e-2);
            losses.Add(loss.item<float>());
        }

        Assert.All(
            model.named_parameters(),
            p => Assert.True(p.parameter.is_leaf && p.parameter.grad is not null && p.parameter.grad.isfinite().all().item<bool>(), p.name)
        );
        Assert.True(losses[^1] < 0.5f * losses[0], $"The loss went from {losses[0]} to {losses[^1]}.");
    }

    [Fact]
    public void Weights_outlive_the_scope_that_built_the_model()
    {
        ClipTextModel model;
        using (NewDisposeScope())
            model = Fresh(Tiny);
        using (model)
        using (var hidden = model.call(zeros(1, 3, ScalarType.Int64)))
            Assert.Equal([1, 3, 16], hidden.shape);
    }

    [Fact]
    public void Encoding_leaves_no_tensors_behind()
    {
        using var quiet = no_grad();
        using var model = Fresh(Tiny);
        TensorLeak.Check(() =>
        {
            using var ids = zeros(2, 12, ScalarType.Int64);
            model.call(ids).Dispose();
            model.Encode(ids).Dispose();
        });
    }

    [Fact]
    public void Ids_of_another_shape_or_type_are_refused()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(Tiny);
        Assert.Contains(
            "[B, T] with T from 1 to 12 but is [1, 13]",
            Assert.Throws<ArgumentException>(() => model.call(zeros(1, 13, ScalarType.Int64))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains("int64", Assert.Throws<ArgumentException>(() => model.Encode(zeros(1, 3))).Message, StringComparison.Ordinal);
    }

    private static ClipTextModel Fresh(ClipTextConfig config, ulong seed = 1, Placement? placement = null)
    {
        var model = new ClipTextModel(config, placement ?? Placement.Reference);
        model.Initialise(new RandomStream(seed));
        return model;
    }

    private static ClipTextModel Load(string folder, Placement placement)
    {
        var model = new ClipTextModel(ClipTextConfig.Parse(File.ReadAllText(Path.Combine(folder, "config.json"))), placement);
        using var checkpoint = Checkpoint.Open(folder);
        StateLoader.Load(model, checkpoint, "CLIPTextModel", ignore: ClipTextModel.IsConstant);
        return model;
    }

    // hidden_states.i is stored for the last row of the batch only.
    private static Tensor Find(ClipTextOutput output, string name, long batch) =>
        name switch
        {
            "last_hidden_state" => output.LastHiddenState,
            "penultimate_normed" => output.PenultimateNormed,
            "pooled" => output.Pooled,
            _ => output.HiddenStates[int.Parse(name.Split('.')[1])].narrow(0, batch - 1, 1),
        };
}
