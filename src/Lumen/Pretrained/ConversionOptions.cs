using static TorchSharp.torch;

namespace Lumen.Pretrained;

/// <summary>How a model is converted.</summary>
public sealed record ConversionOptions
{
    /// <summary>Type of the weights; null leaves it as it is.</summary>
    public ScalarType? DType { get; init; }

    /// <summary>What the owner says about a single file.</summary>
    public ModelFileOptions File { get; init; } = new();
}
