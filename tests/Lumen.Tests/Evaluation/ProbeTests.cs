using Lumen.Core.Tensors;
using Lumen.Research.Evaluation;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Evaluation;

public sealed class ProbeTests
{
    [Fact]
    public void Both_probes_separate_clusters_they_have_not_seen()
    {
        using var scope = NewDisposeScope();
        var (cells, classes) = Clusters(1);
        var (others, theirs) = Clusters(2);
        using var linear = LinearProbe.Fit(cells, classes, 5);
        using var mlp = MlpProbe.Fit(cells, classes, 5);
        Assert.True(linear.Accuracy(others, theirs) > 0.99, $"{linear.Accuracy(others, theirs)}");
        Assert.True(mlp.Accuracy(others, theirs) > 0.99, $"{mlp.Accuracy(others, theirs)}");
        Assert.Equal([2000], linear.Predict(others).shape);
    }

    [Fact]
    public void Only_the_probe_with_a_hidden_layer_reads_exclusive_or()
    {
        using var scope = NewDisposeScope();
        var cells = new RandomStream(3).Normal(2000, 2);
        var classes = (cells.select(1, 0) * cells.select(1, 1)).gt(0).to(ScalarType.Int64);
        using var linear = LinearProbe.Fit(cells, classes, 2);
        using var mlp = MlpProbe.Fit(cells, classes, 2);
        Assert.InRange(linear.Accuracy(cells, classes), 0.4, 0.65);
        Assert.True(mlp.Accuracy(cells, classes) > 0.95, $"{mlp.Accuracy(cells, classes)}");
    }

    [Fact]
    public void Classes_that_have_nothing_to_do_with_the_features_stay_at_chance()
    {
        using var scope = NewDisposeScope();
        var cells = new RandomStream(4).Normal(8000, 8);
        var classes = (new RandomStream(5).Uniform(8000) * 4).to(ScalarType.Int64);
        using var mlp = MlpProbe.Fit(cells.narrow(0, 0, 4000), classes.narrow(0, 0, 4000), 4);
        Assert.InRange(mlp.Accuracy(cells.narrow(0, 4000, 4000), classes.narrow(0, 4000, 4000)), 0.2, 0.3);
    }

    [Fact]
    public void The_same_data_give_the_same_probe_and_leave_no_tensors_behind()
    {
        using var scope = NewDisposeScope();
        var (cells, classes) = Clusters(6, spread: 3);
        using var one = MlpProbe.Fit(cells, classes, 5);
        using var two = MlpProbe.Fit(cells, classes, 5);
        TensorAssert.Same(one.Predict(cells), two.Predict(cells));
        var quick = new ProbeOptions { MinimumSteps = 3, Epochs = 1 };
        TensorLeak.Check(() => LinearProbe.Fit(cells, classes, 5, quick).Dispose());
        TensorLeak.Check(() => MlpProbe.Fit(cells, classes, 5, quick).Dispose());
    }

    [Fact]
    public void A_constant_feature_does_no_harm_and_bad_input_is_refused()
    {
        using var scope = NewDisposeScope();
        var (cells, classes) = Clusters(7);
        var widened = cat([cells, full(2000, 1, 7f)], 1);
        using var probe = LinearProbe.Fit(widened, classes, 5);
        Assert.True(probe.Accuracy(widened, classes) > 0.99);
        Assert.Contains("0...3", Assert.Throws<LumenException>(() => LinearProbe.Fit(cells, classes, 4)).Message);
        Assert.Contains("not finite", Assert.Throws<LumenException>(() => LinearProbe.Fit(cells / 0, classes, 5)).Message);
        Assert.Throws<ArgumentException>(() => probe.Predict(cells));
    }

    private static (Tensor Cells, Tensor Classes) Clusters(ulong seed, float spread = 0.5f)
    {
        var centres = new RandomStream(99).Normal(5, 10) * 3;
        var classes = (new RandomStream(seed).Uniform(2000) * 5).to(ScalarType.Int64);
        return (centres.index_select(0, classes) + new RandomStream(seed).For(1).Normal(2000, 10) * spread, classes);
    }
}
