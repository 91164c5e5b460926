using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>What both kinds of probe share: checks, standardising, the loop.</summary>
internal static class ProbeFitting
{
    /// <summary>Checked and standardised training cells: [n, D] float32, [n] int64, mean [D], deviation [D].</summary>
    public static (Tensor Cells, Tensor Classes, Tensor Mean, Tensor Deviation) Prepare(Tensor features, Tensor classes, int count)
    {
        Shape.Require(features, nameof(features), "[n, D] with n and D at least 1", s => s is [> 0, > 0]);
        Shape.Require(classes, nameof(classes), $"[{features.shape[0]}]", s => s is [var n] && n == features.shape[0]);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var ids = classes.cpu().to(ScalarType.Int64);
        var (lowest, highest) = (ids.min().item<long>(), ids.max().item<long>());
        if (lowest < 0 || highest >= count)
            throw new LumenException(
                $"Class ids must lie in 0...{count - 1} but range from {lowest} to {highest}. Leave out cells to ignore."
            );
        var cells = features.detach().cpu().to(ScalarType.Float32);
        var mean = cells.mean([0]);
        var deviation = (cells - mean).square().mean([0]).sqrt() + 1e-6;
        var standard = (cells - mean) / deviation;
        if (!standard.isfinite().all().item<bool>())
            throw new LumenException("The features of the probe hold values that are not finite (NaN or infinity).");
        return (
            standard.MoveToOuterDisposeScope(),
            ids.clone().MoveToOuterDisposeScope(),
            mean.MoveToOuterDisposeScope(),
            deviation.MoveToOuterDisposeScope()
        );
    }

    /// <summary>Minimises cross-entropy over the parameters.</summary>
    public static void Run(
        Func<Tensor, Tensor> logits,
        IReadOnlyList<Parameter> parameters,
        (Tensor Cells, Tensor Classes) data,
        ProbeOptions options
    )
    {
        using var gradients = enable_grad();
        using var adam = new ProbeOptimizer(parameters, options.WeightDecay);
        var random = new RandomStream(options.Seed);
        var count = data.Cells.shape[0];
        var perEpoch = (count + options.BatchSize - 1) / options.BatchSize;
        var epochs = Math.Max(options.Epochs, (options.MinimumSteps + perEpoch - 1) / perEpoch);
        var (step, steps) = (0L, epochs * perEpoch);
        for (var epoch = 0L; epoch < epochs; epoch++)
        {
            using var pass = NewDisposeScope();
            var order = random.For(epoch).Uniform(count).argsort();
            for (long start = 0; start < count; start += options.BatchSize)
            {
                using var scope = NewDisposeScope();
                var chosen = order.narrow(0, start, Math.Min(options.BatchSize, count - start));
                adam.ClearGradients();
                nn.functional.cross_entropy(logits(data.Cells.index_select(0, chosen)), data.Classes.index_select(0, chosen)).backward();
                adam.Step(options.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * step / (double)steps)));
                step++;
            }
        }
    }
}
