using Lumen.Training.Perception;

namespace Lumen.Research.Studies;

/// <summary>What the study of augmentation compares, and how networks are trained for it.</summary>
public sealed record AugmentationStudyOptions
{
    /// <summary>Numbers of labelled pictures, ascending.</summary>
    public IReadOnlyList<int> Budgets { get; init; } = [25, 50, 100, 200, 400];

    /// <summary>
    /// What each question is asked of, where that is less than all budgets and mixtures; a question may be named more than once, one that
    /// is not named is not asked. Null asks everything.
    /// </summary>
    public IReadOnlyList<AugmentationSettingChoice>? Settings { get; init; }

    /// <summary>
    /// Side in pixels at which networks see pictures, a multiple of 8; null for the size that pictures have. Smaller is faster: labels go
    /// to it by the pixel under the middle.
    /// </summary>
    public int? Resolution { get; init; }

    /// <summary>New pictures for each labelled one.</summary>
    public int Variants { get; init; } = 3;

    /// <summary>
    /// Trains every network to its own convergence instead of for a fixed number of steps: by one rule, some of the labelled pictures are
    /// kept out of every mixture, with all that was made of them, and the weights that are best on these are taken. Null: fixed steps.
    /// </summary>
    public AugmentationStopping? EarlyStopping { get; init; }

    /// <summary>
    /// Optimiser steps of every network, the same with and without new pictures; with <see cref="EarlyStopping"/> at most so many.
    /// </summary>
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

    /// <summary>Labelled pictures of a budget that networks are trained on.</summary>
    internal int Trained(int budget) => budget - HeldOut(budget);

    /// <summary>Labelled pictures of a budget that decide when a training ends: its last ones.</summary>
    internal int HeldOut(int budget) =>
        EarlyStopping is null ? 0 : Math.Clamp((int)Math.Round(EarlyStopping.HeldOut * budget), 1, Math.Max(1, budget - 1));

    /// <summary>The budgets of a question, ascending; none where it is not asked.</summary>
    internal IReadOnlyList<int> BudgetsOf(AugmentationSetting setting) =>
        Settings is null ? Budgets : [.. ChoicesOf(setting).SelectMany(choice => choice.Budgets ?? Budgets).Distinct().Order()];

    /// <summary>The mixtures that a question is asked of at a budget, in the order of tables.</summary>
    internal IEnumerable<string> MixturesOf(AugmentationSetting setting, int budget) =>
        AugmentationArm.Keys.Where(key =>
            Settings is null
            || ChoicesOf(setting)
                .Any(choice =>
                    (choice.Budgets ?? Budgets).Contains(budget) && (choice.Mixtures?.Contains(key, StringComparer.Ordinal) ?? true)
                )
        );

    /// <summary>Faults, in sentences.</summary>
    internal IEnumerable<string> Faults()
    {
        foreach (var budgets in (Settings ?? []).Select(setting => setting.Budgets).OfType<IReadOnlyList<int>>().Prepend(Budgets))
            if (
                budgets.Count == 0
                || budgets.Any(budget => budget < 1)
                || budgets.Zip(budgets.Skip(1)).Any(pair => pair.First >= pair.Second)
            )
                yield return $"budgets must be numbers from 1 on, ascending, but are {string.Join(", ", budgets)}.";
        foreach (
            var name in (Settings ?? [])
                .Select(setting => setting.Name)
                .Where(name => AugmentationSetting.All.All(setting => setting.Name != name))
        )
            yield return $"settings name \"{name}\"; there are "
                + $"{string.Join(", ", AugmentationSetting.All.Select(setting => setting.Name))}.";
        foreach (
            var key in (Settings ?? [])
                .SelectMany(setting => setting.Mixtures ?? [])
                .Where(key => !AugmentationArm.Keys.Contains(key, StringComparer.Ordinal))
        )
            yield return $"mixtures name \"{key}\"; there are {string.Join(", ", AugmentationArm.Keys)}.";
        if (Resolution is { } side && (side < PerceptionConfig.Stride || side % PerceptionConfig.Stride != 0))
            yield return $"resolution must be a multiple of {PerceptionConfig.Stride} but is {side}.";
        if (Variants is < 1 or > 100)
            yield return $"variants must be 1 to 100 but is {Variants}.";
        if (TrainSteps < 1)
            yield return $"train_steps must be 1 or more but is {TrainSteps}.";
        if (EarlyStopping is { } stopping)
        {
            foreach (var fault in stopping.Rule.Faults())
                yield return $"early_stopping: {fault}";
            if (stopping.HeldOut is not (> 0 and < 1))
                yield return $"early_stopping: held_out must be above 0 and below 1 but is {stopping.HeldOut}.";
            if ((Settings ?? []).SelectMany(setting => setting.Budgets ?? []).Concat(Budgets).Any(budget => budget < 2))
                yield return "early_stopping needs budgets from 2 on: one picture to train on, and one that is kept out.";
        }
        if (TrainBatchSize < 1)
            yield return $"train_batch_size must be 1 or more but is {TrainBatchSize}.";
        if (!(LearningRate > 0 && double.IsFinite(LearningRate)))
            yield return $"learning_rate must be positive but is {LearningRate}.";
        if (IgnoreBelow is < 0 or > 1)
            yield return $"ignore_below must be 0 to 1 but is {IgnoreBelow}.";
        if (MinAgreement is < -1 or > 1)
            yield return $"min_agreement must be -1 to 1 but is {MinAgreement}.";
    }

    private IEnumerable<AugmentationSettingChoice> ChoicesOf(AugmentationSetting setting) =>
        Settings!.Where(choice => choice.Name == setting.Name);
}

/// <summary>How a network of the study of augmentation finds its end.</summary>
public sealed record AugmentationStopping
{
    /// <summary>Share of the labelled pictures that is kept out of training and decides, at least one.</summary>
    public double HeldOut { get; init; } = 0.2;

    /// <summary>Steps between looks at them.</summary>
    public int Every { get; init; } = 100;

    /// <summary>Looks in a row without a new best after which the training ends.</summary>
    public int Patience { get; init; } = 4;

    /// <summary>The rule of the training.</summary>
    internal EarlyStopping Rule => new() { Every = Every, Patience = Patience };
}
