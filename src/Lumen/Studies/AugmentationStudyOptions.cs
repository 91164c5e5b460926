namespace Lumen.Studies;

/// <summary>What the study of augmentation compares, and how networks are trained for it.</summary>
public sealed record AugmentationStudyOptions
{
    /// <summary>Numbers of labelled pictures, ascending.</summary>
    public IReadOnlyList<int> Budgets { get; init; } = [25, 50, 100, 200, 400];

    /// <summary>New pictures for each labelled one.</summary>
    public int Variants { get; init; } = 3;

    /// <summary>Optimiser steps of every network: the same with and without new pictures.</summary>
    public int TrainSteps { get; init; } = 600;

    /// <summary>Pictures in a step.</summary>
    public int TrainBatchSize { get; init; } = 16;

    /// <summary>Learning rate.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Channels of the networks.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [32, 64, 128];

    /// <summary>Agreement below which the trust filter ignores pixels.</summary>
    public double IgnoreBelow { get; init; } = 0.4;

    /// <summary>Agreement of a whole picture below which the trust filter leaves it out.</summary>
    public double MinAgreement { get; init; } = 0.5;

    /// <summary>Faults, in sentences.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Budgets.Count == 0 || Budgets.Any(budget => budget < 1) || Budgets.Zip(Budgets.Skip(1)).Any(pair => pair.First >= pair.Second)) yield return $"budgets must be numbers from 1 on, ascending, but are {string.Join(", ", Budgets)}.";
        if (Variants is < 1 or > 100) yield return $"variants must be 1 to 100 but is {Variants}.";
        if (TrainSteps < 1) yield return $"train_steps must be 1 or more but is {TrainSteps}.";
        if (TrainBatchSize < 1) yield return $"train_batch_size must be 1 or more but is {TrainBatchSize}.";
        if (!(LearningRate > 0 && double.IsFinite(LearningRate))) yield return $"learning_rate must be positive but is {LearningRate}.";
        if (IgnoreBelow is < 0 or > 1) yield return $"ignore_below must be 0 to 1 but is {IgnoreBelow}.";
        if (MinAgreement is < -1 or > 1) yield return $"min_agreement must be -1 to 1 but is {MinAgreement}.";
    }
}
