using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Training.Perception;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Perception;

public sealed class PerceptionNetworkTests
{
    [Fact]
    public void Every_head_answers_for_every_pixel_of_any_size_divisible_by_eight()
    {
        using var scope = NewDisposeScope();
        using var network = TinyPerception.Network();
        var maps = network.Predict(new RandomStream(1).Uniform(2, 3, 24, 40) * 2 - 1);
        Assert.Equal([2, 10, 24, 40], maps.Semantic!.shape);
        Assert.Equal([2, 1, 24, 40], maps.LogDepth!.shape);
        Assert.Equal([2, 3, 24, 40], maps.Normals!.shape);
        Assert.Equal([2, 1, 24, 40], maps.Centres!.shape);
        Assert.Equal([2, 2, 24, 40], maps.Offsets!.shape);
        Assert.Equal([2, 2, 24, 40], maps.Heading!.shape);
        TensorAssert.Close(ones(2, 24, 40), maps.Normals.norm(1), 1e-5, 0);
        var fault = Assert.Throws<ArgumentException>(() => network.Predict(zeros(1, 3, 20, 24)));
        Assert.Contains(
            "images must be [B, 3, H, W] with H and W divisible by 8 but is [1, 3, 20, 24]",
            fault.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Heads_that_are_not_asked_for_are_not_there()
    {
        using var scope = NewDisposeScope();
        using var network = TinyPerception.Network(
            TinyPerception.Config with
            {
                Classes = PerceptionClasses.None,
                Instances = false,
                Orientation = false,
                Normals = false,
            }
        );
        Assert.Equal(["depth"], network.Config.Heads);
        var maps = network.Predict(zeros(1, 3, 16, 16));
        Assert.NotNull(maps.LogDepth);
        Assert.Null(maps.Semantic);
        Assert.Null(maps.Normals);
        Assert.Null(maps.Centres);
        Assert.Null(maps.Heading);
        Assert.DoesNotContain(network.state_dict().Keys, key => key.StartsWith("semantic", StringComparison.Ordinal));
    }

    [Fact]
    public void A_picture_is_seen_the_same_wherever_it_stands_in_the_batch()
    {
        using var scope = NewDisposeScope();
        using var evaluator = new PerceptionEvaluator(TinyPerception.Network());
        var images = TinyPerception.Scenes(5).Batch(0, 1, 2, 3, 4).Images;
        var order = tensor(new long[] { 3, 0, 4, 2, 1 });
        var (first, second) = (evaluator.Evaluate(images), evaluator.Evaluate(images.index_select(0, order)));
        TensorAssert.Same(first.Labels!.index_select(0, order), second.Labels!);
        TensorAssert.Same(first.Instances!.index_select(0, order), second.Instances!);
        TensorAssert.Close(first.Depth!.index_select(0, order), second.Depth!, 1e-5, 1e-5);
        TensorAssert.Close(
            evaluator.Features(images).index_select(0, order),
            evaluator.Features(images.index_select(0, order)),
            1e-5,
            1e-5
        );
    }

    [Fact]
    public void A_saved_network_is_loaded_to_the_last_bit()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var network = TinyPerception.Network();
        network.Save(folder.Path);
        using var loaded = PerceptionEvaluator.Load(folder.Path, Placement.Reference);
        Assert.Equal(network.Config.Heads, loaded.Network.Config.Heads);
        Assert.Equal(PerceptionClasses.Street, loaded.Classes);
        foreach (var (name, weight) in network.state_dict())
            TensorAssert.Same(weight, loaded.Network.state_dict()[name], name);
        using var same = new PerceptionEvaluator(network);
        Assert.Equal(same.Hash, loaded.Hash);
        using var other = new PerceptionEvaluator(TinyPerception.Network(seed: 2));
        Assert.NotEqual(other.Hash, loaded.Hash);
        Assert.StartsWith("perception/context/", loaded.FeatureName, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_do_not_fit_are_named_key_by_key()
    {
        using var folder = new TempFolder();
        using var network = TinyPerception.Network();
        network.Save(folder.Path);
        File.WriteAllText(folder.File("config.json"), (TinyPerception.Config with { Widths = [8, 16, 32], Normals = false }).ToJson());
        var fault = Assert.Throws<LumenException>(() => PerceptionNetwork.Load(folder.Path, Placement.Reference));
        Assert.Contains("does not fit PerceptionNetwork", fault.Message, StringComparison.Ordinal);
        Assert.Contains("shape       down2.weight: model [32, 16, 3, 3], file [16, 16, 3, 3]", fault.Message, StringComparison.Ordinal);
        Assert.Contains("unexpected  normals.weight [12, 16, 1, 1]", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_and_configurations_that_cannot_be_used_are_refused_with_a_sentence()
    {
        using var folder = new TempFolder();
        Refused("there is no config.json in it");
        File.WriteAllText(folder.File("config.json"), TinyPerception.Config.ToJson());
        Refused("holds no weights");
        Parsed("""{ "_class_name": "AutoencoderKL" }""", "this is the configuration of another model");
        Parsed("""{ "depth": true, "widths": [8, 16] }""", "widths must be three numbers");
        Parsed(
            """{ "depth": true, "widths": [8, 15, 16], "norm_num_groups": 2 }""",
            "widths: 15 is not a positive multiple of norm_num_groups = 2"
        );
        Parsed("""{ "classes": ["sky"], "things": ["car"] }""", "things: \"car\" is not among the classes");
        Parsed("""{ "classes": ["sky"], "instances": true }""", "instances need things");
        Parsed("{}", "there is no head");
        Parsed("""{ "depth": true, "colour": 3 }""", "colour: 3 is a setting that is not known here");

        void Refused(string sentence) =>
            Assert.Contains(
                sentence,
                Assert.Throws<LumenException>(() => PerceptionNetwork.Load(folder.Path, Placement.Reference)).Message,
                StringComparison.Ordinal
            );

        void Parsed(string json, string sentence) =>
            Assert.Contains(sentence, Assert.Throws<LumenException>(() => PerceptionConfig.Parse(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_says_the_same_after_a_round_trip()
    {
        var again = PerceptionConfig.Parse(TinyPerception.Config.ToJson());
        Assert.Equal(TinyPerception.Config.ToJson(), again.ToJson());
        Assert.Equal(PerceptionClasses.Street, again.Classes);
    }

    [Fact]
    public void Features_are_the_means_of_the_named_layer()
    {
        using var scope = NewDisposeScope();
        using var evaluator = new PerceptionEvaluator(TinyPerception.Network());
        var images = TinyPerception.Scenes(2).Batch(0, 1).Images;
        var maps = evaluator.FeatureMaps(images, "context", "level1");
        Assert.Equal([2, 16, 4, 4], maps[0].shape);
        Assert.Equal([2, 8, 16, 16], maps[1].shape);
        TensorAssert.Close(maps[0].mean([2, 3]), evaluator.Features(images), 1e-6, 1e-6);
        Assert.Contains(
            "has no layer \"head\"",
            Assert.Throws<LumenException>(() => evaluator.Features(images, "head")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Evaluating_leaves_no_tensors()
    {
        using var evaluator = new PerceptionEvaluator(TinyPerception.Network());
        using var images = zeros(2, 3, 16, 16);
        TensorLeak.Check(() =>
        {
            using var evaluation = evaluator.Evaluate(images);
            using var features = evaluator.Features(images);
        });
    }
}
