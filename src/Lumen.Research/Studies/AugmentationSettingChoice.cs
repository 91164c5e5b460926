namespace Lumen.Research.Studies;

/// <summary>What a question of the study of augmentation is asked of.</summary>
public sealed record AugmentationSettingChoice
{
    /// <summary><c>same</c> or <c>shift</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Numbers of labelled pictures, ascending; null for those of the study.</summary>
    public IReadOnlyList<int>? Budgets { get; init; }

    /// <summary>Mixtures, of <see cref="AugmentationArm.Keys"/>; null for all.</summary>
    public IReadOnlyList<string>? Mixtures { get; init; }
}
