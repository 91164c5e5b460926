using Lumen.Conditions;
using Lumen.Core.Checkpoints;
using Lumen.Models.Control;
using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed class AdapterStartTests(TinyModel tiny)
{
    private string First => Path.Combine(tiny.Runs.Model, "controlnet");

    [Fact]
    public void An_adapter_goes_on_from_another_on_the_same_basis_with_its_very_weights()
    {
        using var folder = new TempFolder();
        var recipe = TinyRuns.Adapter with { InitialiseFrom = First };
        var control = ControlOf(Runs(folder).Adapter(recipe, tiny.Runs.Model));
        using var saved = Checkpoint.Open(First);
        using var scope = NewDisposeScope();
        foreach (var (name, weight) in control.state_dict())
            TensorAssert.Same(saved.Read(name).to_type(weight.dtype), weight);
        Assert.All(control.parameters(), weight => Assert.True(weight.requires_grad));
        Assert.Equal([8L, 8L], control.ControlConfig.ConditioningEmbeddingOutChannels);
    }

    [Fact]
    public void On_another_basis_its_first_convolution_is_turned_and_the_run_is_another_one()
    {
        using var folder = new TempFolder();
        var recipe = TinyRuns.Adapter;
        recipe = recipe with { InitialiseFrom = First, Layout = recipe.Layout with { Components = TinyRuns.Components + 2 } };
        var task = Runs(folder).Adapter(recipe, tiny.Runs.Model);
        var control = ControlOf(task);
        Assert.Equal(TinyRuns.Components + 2, control.ControlConfig.ConditioningChannels);
        // The first components are the same ones, and what came later is nothing that the first adapter knew.
        using var scope = NewDisposeScope();
        using var saved = Checkpoint.Open(First);
        var (old, turned) = (
            saved.Read("controlnet_cond_embedding.conv_in.weight"),
            control.state_dict()["controlnet_cond_embedding.conv_in.weight"]
        );
        TensorAssert.Close(old, turned.narrow(1, 0, TinyRuns.Components), 1e-4, 1e-4);
        Assert.InRange(turned.narrow(1, TinyRuns.Components, 2).abs().max().item<float>(), 0, 1e-4);
        Assert.NotNull(task.Record!["start model, controlnet"]);
        Assert.Null(((AdapterTask)Runs(folder).Adapter(TinyRuns.Adapter, tiny.Runs.Model)).Record!["start model, controlnet"]);
    }

    [Fact]
    public void Adapters_of_another_kind_are_refused()
    {
        using var folder = new TempFolder();
        var canny = TinyRuns.Adapter with
        {
            Condition = new ConditionSettings { Kind = ConditionKind.Canny },
            InitialiseFrom = First,
        };
        Refused("is conditioned on layout, but this one is to be conditioned on canny", canny);
        Refused("is no adapter folder", TinyRuns.Adapter with { InitialiseFrom = folder.File("nowhere") });
        Refused("is a whole model, not an adapter", TinyRuns.Adapter with { InitialiseFrom = tiny.Runs.Model });
        Refused(
            "its stem has the widths 8, 8, but conditioning_embedding_out_channels of the recipe are 8, 16",
            TinyRuns.Adapter with
            {
                InitialiseFrom = First,
                ConditioningEmbeddingOutChannels = [8, 16],
            }
        );
        var layout = TinyRuns.Adapter.Layout;
        Refused(
            "reads layouts of other features",
            TinyRuns.Adapter with
            {
                InitialiseFrom = First,
                Layout = layout with { Layer = "up_blocks[0]" },
            }
        );

        void Refused(string sentence, Recipe recipe) =>
            Assert.Contains(
                sentence,
                Assert.Throws<LumenException>(() => Runs(folder).Adapter(recipe, tiny.Runs.Model)).Message,
                StringComparison.Ordinal
            );
    }

    private TrainingTaskFactory Runs(TempFolder folder) => tiny.Runs.Runs("start") with { Output = folder.File("output") };

    private static ControlNetModel ControlOf(ITrainingTask task) => (ControlNetModel)task.Trained["controlnet"];
}
