using System.Text.Json.Serialization;

namespace Lumen.Pretrained;

/// <summary>One part of a model in a <see cref="ModelReport"/>.</summary>
/// <param name="Name">Its folder's name: <c>unet</c>.</param>
/// <param name="Class">Upstream's class: <c>UNet2DConditionModel</c>.</param>
/// <param name="Parameters">Number of weights; 0 for a part without.</param>
/// <param name="Bytes">Bytes of the weights as stored.</param>
/// <param name="DTypes">Types of the weights as safetensors calls them, the most frequent first.</param>
/// <param name="Detail">What else is worth knowing, in words.</param>
public sealed record ModelPart(
    string Name,
    string Class,
    long Parameters,
    long Bytes,
    [property: JsonPropertyName("dtypes")] IReadOnlyList<string> DTypes,
    string Detail
);
