namespace Lumen.Pretrained;

/// <summary>What the names in a safetensors file say it is.</summary>
internal enum WeightKind
{
    /// <summary>Nothing is known about it.</summary>
    Unknown,

    /// <summary>It is known, and nothing that Lumen runs.</summary>
    Foreign,
    OriginalPipeline,
    OriginalControlNet,
    OriginalAutoencoder,
    UNet,
    ControlNet,
    Autoencoder,
    Backbone,
    TextEncoder,
    Layout,
    Basis,
}
