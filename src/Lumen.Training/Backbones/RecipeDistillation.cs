namespace Lumen.Training.Backbones;

/// <summary>Settings of self-distillation (Caron et al. 2021) and of masked patches (Zhou et al. 2021, Oquab et al. 2023).</summary>
public sealed record RecipeDistillation
{
    /// <summary>K, prototypes of the class tokens' head.</summary>
    public int Prototypes { get; init; } = 1024;

    /// <summary>Prototypes of the patches' head (dinov2).</summary>
    public int PatchPrototypes { get; init; } = 1024;

    /// <summary>Width inside the heads.</summary>
    public int HeadHiddenDim { get; init; } = 512;

    /// <summary>Width before the prototypes.</summary>
    public int HeadBottleneckDim { get; init; } = 64;

    /// <summary>Temperature of the student's distribution.</summary>
    public double StudentTemperature { get; init; } = 0.1;

    /// <summary>Temperature of the teacher's distribution at the beginning.</summary>
    public double WarmupTeacherTemperature { get; init; } = 0.04;

    /// <summary>Temperature of the teacher's distribution after the warm-up.</summary>
    public double TeacherTemperature { get; init; } = 0.06;

    /// <summary>Steps in which it rises from one to the other.</summary>
    public long WarmupTeacherTemperatureSteps { get; init; } = 500;

    /// <summary>What the teacher keeps of itself at the first step; rises to 1 along half a cosine.</summary>
    public double MomentumTeacher { get; init; } = 0.992;

    /// <summary>What keeps the teacher from giving every picture the same prototype.</summary>
    public TeacherCentring Centring { get; init; }

    /// <summary>What the centre of the teacher's outputs keeps of itself; at 1 it stays zero: no centring.</summary>
    public double CentreMomentum { get; init; } = 0.9;

    /// <summary>Steps before the prototypes are trained.</summary>
    public long FreezeLastLayerSteps { get; init; } = 100;

    /// <summary>Weight of the loss on masked patches (dinov2).</summary>
    public double IbotLossWeight { get; init; } = 1;

    /// <summary>Share of the large views in which patches are masked (dinov2).</summary>
    public double MaskSampleProbability { get; init; } = 0.5;

    /// <summary>Smallest and largest share of masked patches in such a view (dinov2).</summary>
    public IReadOnlyList<double> MaskRatio { get; init; } = [0.1, 0.5];

    /// <summary>Weight of the loss that spreads class tokens evenly (dinov2); 0 leaves it out.</summary>
    public double KoleoLossWeight { get; init; } = 0.1;

    /// <summary>What cannot be used, a sentence each.</summary>
    internal IEnumerable<string> Faults(bool masks)
    {
        foreach (
            var (name, value) in new[]
            {
                ("prototypes", Prototypes),
                ("patch_prototypes", PatchPrototypes),
                ("head_hidden_dim", HeadHiddenDim),
                ("head_bottleneck_dim", HeadBottleneckDim),
            }
        )
        {
            if (value < 2)
                yield return $"{name} must be 2 or more but is {value}.";
        }
        foreach (
            var (name, value) in new[]
            {
                ("student_temperature", StudentTemperature),
                ("warmup_teacher_temperature", WarmupTeacherTemperature),
                ("teacher_temperature", TeacherTemperature),
            }
        )
        {
            if (value is not (> 0 and <= 1))
                yield return $"{name} must lie above 0 and be at most 1 but is {value}.";
        }
        foreach (
            var (name, value) in new[]
            {
                ("momentum_teacher", MomentumTeacher),
                ("centre_momentum", CentreMomentum),
                ("mask_sample_probability", MaskSampleProbability),
            }
        )
        {
            if (value is not (>= 0 and <= 1))
                yield return $"{name} must be 0 to 1 but is {value}.";
        }
        foreach (
            var (name, value) in new[]
            {
                ("warmup_teacher_temperature_steps", WarmupTeacherTemperatureSteps),
                ("freeze_last_layer_steps", FreezeLastLayerSteps),
            }
        )
        {
            if (value < 0)
                yield return $"{name} must be 0 or more but is {value}.";
        }
        if (!masks)
            yield break;
        foreach (var (name, value) in new[] { ("ibot_loss_weight", IbotLossWeight), ("koleo_loss_weight", KoleoLossWeight) })
        {
            if (!(double.IsFinite(value) && value >= 0))
                yield return $"{name} must be 0 or more but is {value}.";
        }
        if (!(MaskRatio is [> 0, < 1] && MaskRatio[0] <= MaskRatio[1]))
            yield return "mask_ratio must be the smallest and the largest share of masked patches, [0.1, 0.5], but is "
                + $"[{string.Join(", ", MaskRatio)}].";
    }
}
