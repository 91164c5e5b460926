using Lumen.Core.Checkpoints;
using Lumen.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Checkpoints;

public sealed class StateLoaderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_checkpoint_that_fits_is_loaded_bit_for_bit_and_keeps_gradients_possible()
    {
        var (source, target) = (new Pair(), new Pair());
        Load(target, source.state_dict());
        foreach (var (name, tensor) in source.state_dict())
            TensorAssert.Same(tensor, target.state_dict()[name], name);
        Assert.All(target.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void Every_fault_is_in_one_message_and_no_weight_is_touched()
    {
        var target = new Pair();
        var before = target.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone());
        var file = new Pair().state_dict();
        file.Remove("conv_in.bias");
        file["conv_in.weight"] = zeros(4, 9, 3, 3);
        file["extra.weight"] = zeros(1);
        file["to_out.weight"] = zeros(5, 4, dtype: ScalarType.Int64);
        var error = Assert.Throws<LumenException>(() => Load(target, file));
        string[] lines =
        [
            $"{Path.GetFileName(_folder.Path)}/model.safetensors does not fit Pair:",
            "  missing     conv_in.bias [4]",
            "  shape       conv_in.weight: model [4, 3, 3, 3], file [4, 9, 3, 3]",
            "  unexpected  extra.weight [1]",
            "  type        to_out.weight: model F32, file I64",
        ];
        Assert.Equal(lines, error.Message.Split(Environment.NewLine));
        foreach (var (name, tensor) in before)
            TensorAssert.Same(tensor, target.state_dict()[name], name);
    }

    [Fact]
    public void A_single_element_is_not_spread_over_a_whole_weight()
    {
        var file = new Pair().state_dict();
        file["conv_in.bias"] = ones(1);
        Assert.Contains(
            "conv_in.bias: model [4], file [1]",
            Assert.Throws<LumenException>(() => Load(new Pair(), file)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_long_report_is_cut_with_a_count()
    {
        var file = new Pair().state_dict();
        for (var index = 0; index < 100; index++)
            file[$"extra.{index:000}"] = zeros(1);
        var lines = Assert.Throws<LumenException>(() => Load(new Pair(), file)).Message.Split(Environment.NewLine);
        Assert.Equal(42, lines.Length);
        Assert.Equal("  and 60 more, 100 in all", lines[^1]);
    }

    [Theory]
    [InlineData(ScalarType.Float16, ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float32)]
    [InlineData(ScalarType.Float32, ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16, ScalarType.BFloat16)]
    public void Weights_are_converted_to_the_models_dtype(ScalarType stored, ScalarType computed)
    {
        var target = new Pair();
        target.to(computed);
        var file = new Pair()
            .state_dict()
            .ToDictionary(pair => pair.Key, pair => pair.Value.is_floating_point() ? pair.Value.to(stored) : pair.Value);
        Load(target, file);
        TensorAssert.Same(file["conv_in.weight"].to(computed), target.state_dict()["conv_in.weight"]);
    }

    [Fact]
    public void Old_names_and_shapes_load_where_the_caller_allows_it()
    {
        var (source, target) = (new Pair(), new Pair());
        var file = source.state_dict();
        file["proj_attn.weight"] = file["to_out.weight"].view(5, 4, 1, 1);
        file.Remove("to_out.weight");
        Load(
            target,
            file,
            name => name.Replace("proj_attn", "to_out", StringComparison.Ordinal),
            (name, shape) => name == "to_out.weight" && shape is [_, _, 1, 1]
        );
        TensorAssert.Same(source.state_dict()["to_out.weight"], target.state_dict()["to_out.weight"]);
        var error = Assert.Throws<LumenException>(() =>
            Load(target, file, name => name.Replace("proj_attn", "to_out", StringComparison.Ordinal))
        );
        Assert.Contains(
            "to_out.weight (in the file proj_attn.weight): model [5, 4], file [5, 4, 1, 1]",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_permitted_reshape_still_needs_as_many_elements()
    {
        var file = new Pair().state_dict();
        file["to_out.weight"] = zeros(5, 8, 1, 1);
        Assert.Contains(
            "to_out.weight: model [5, 4], file [5, 8, 1, 1]",
            Assert.Throws<LumenException>(() => Load(new Pair(), file, reshapeAllowed: (_, _) => true)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Two_names_for_one_weight_are_refused()
    {
        var file = new Pair().state_dict();
        file["old.weight"] = file["to_out.weight"];
        var error = Assert.Throws<LumenException>(() =>
            Load(new Pair(), file, name => name.Replace("old", "to_out", StringComparison.Ordinal))
        );
        Assert.Contains("twice       to_out.weight: file has old.weight and to_out.weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ignored_names_may_be_absent_extra_or_of_another_shape()
    {
        var target = new Pair();
        var file = new Pair().state_dict();
        file["position_ids"] = zeros(7, dtype: ScalarType.Int64);
        Load(target, file, ignore: name => name == "position_ids");
        file.Remove("position_ids");
        Load(target, file, ignore: name => name == "position_ids");
        Assert.Equal(3, target.state_dict()["position_ids"].numel());
    }

    [Fact]
    public void Loading_leaves_no_tensors_behind()
    {
        var target = new Pair();
        var file = new Pair()
            .state_dict()
            .ToDictionary(pair => pair.Key, pair => pair.Value.is_floating_point() ? pair.Value.to(ScalarType.Float16) : pair.Value);
        TensorLeak.Check(() => Load(target, file));
    }

    private void Load(
        Pair target,
        IReadOnlyDictionary<string, Tensor> file,
        Func<string, string>? translate = null,
        Func<string, IReadOnlyList<long>, bool>? reshapeAllowed = null,
        Func<string, bool>? ignore = null
    )
    {
        SafetensorsWriter.Write(_folder.File("model.safetensors"), file);
        using var checkpoint = Checkpoint.Open(_folder.Path);
        StateLoader.Load(target, checkpoint, "Pair", translate, reshapeAllowed, ignore);
    }

    private sealed class Pair : nn.Module<Tensor, Tensor>
    {
        [StateKey("conv_in")]
        private readonly TorchSharp.Modules.Conv2d _stem = nn.Conv2d(3, 4, 3);

        [StateKey("to_out")]
        private readonly TorchSharp.Modules.Linear _exit = nn.Linear(4, 5, hasBias: false);

        public Pair()
            : base(nameof(Pair))
        {
            register_buffer("position_ids", arange(3, dtype: ScalarType.Int64));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _exit.call(_stem.call(input).mean([2, 3]));
    }
}
