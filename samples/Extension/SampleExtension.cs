namespace Lumen.Samples.Extension;

/// <summary>
/// Types of another assembly, one of each kind: a backbone, a sampler and a condition are registered here; a data-set format
/// (<see cref="PairsFormat"/>) is found by its interface.
/// </summary>
public sealed class SampleExtension : ILumenExtension
{
    /// <inheritdoc/>
    public LumenRegistry Register(LumenRegistry registry) =>
        registry.With(new GridBackboneType()).With(LinearMultistepSampler.Type).With(BlurCondition.Type);
}
