using Lumen.Core.Tensors;
using Lumen.Training.Perception;

namespace Lumen.Training;

/// <summary>How a perception network is made and trained.</summary>
public sealed record PerceptionOptions
{
    /// <summary>Steps, batch, seed, optimiser. The names are those of diffusers' scripts.</summary>
    public TrainingOptions Training { get; init; } =
        new()
        {
            MaxTrainSteps = 1500,
            TrainBatchSize = 16,
            ValidationSteps = 500,
            Optimizer = new OptimizerOptions
            {
                LearningRate = 6e-3,
                LrWarmupSteps = 100,
                AdamWeightDecay = 0.01,
                EmaDecay = 0.995,
            },
        };

    /// <summary>
    /// Widths and heads; null for the default widths and a head for everything that the training pictures have labels of.
    /// </summary>
    public PerceptionConfig? Network { get; init; }

    /// <summary>How training pictures are varied.</summary>
    public PerceptionAugmentation Augmentation { get; init; } = PerceptionAugmentation.FlipOnly;

    /// <summary>Weights of the losses.</summary>
    public PerceptionWeights Weights { get; init; } = new();

    /// <summary>
    /// Ends a run when it no longer gains on the held-out pictures, and keeps the weights that were best on them; null trains all steps and
    /// keeps the last. Only for runs without <see cref="OutputDir"/>.
    /// </summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Held-out pictures that the figures during training are taken over, at most.</summary>
    public int ValidationPictures { get; init; } = 128;

    /// <summary>
    /// Folder for checkpoints and previews: a run that was stopped continues from there, bit for bit. Null keeps nothing.
    /// </summary>
    public string? OutputDir { get; init; }

    /// <summary>What the run depends on, for its checkpoints; null: these options and the pictures.</summary>
    public RunRecord? Record { get; init; }

    /// <summary>Device and compute type; master weights are always float32.</summary>
    public Placement Placement { get; init; } = Placement.Fastest;
}
