namespace Lumen.Pretrained;

/// <summary>What the names in a safetensors file say it is.</summary>
internal enum WeightKind
{
    Unknown,
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
    StableDiffusionXl,
    StableDiffusion3,
    Flux,
    Lora,
    TextualInversion,
}
