namespace Lumen.Conditions;

/// <summary>The range in which an estimator's network takes colours.</summary>
public enum EstimatorInput
{
    /// <summary>0...1 less ImageNet's means, divided by its deviations: MiDaS 2, Depth Anything, DPT.</summary>
    ImageNet,

    /// <summary>-1...1: MiDaS 3.1 and others.</summary>
    Signed,

    /// <summary>0...1.</summary>
    Unit,

    /// <summary>0...255: HED.</summary>
    Bytes,
}
