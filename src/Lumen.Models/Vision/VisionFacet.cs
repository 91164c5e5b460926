namespace Lumen.Models.Vision;

/// <summary>What is taken from a layer of a transformer.</summary>
public enum VisionFacet
{
    /// <summary>
    /// The layer's output, as upstream's <c>get_intermediate_layers</c> gives it: with the final norm for DINO and DINOv2, without for
    /// CLIP.
    /// </summary>
    Token,

    /// <summary>Keys of its self-attention, heads side by side (Amir et al. 2021).</summary>
    Key,

    /// <summary>Queries of its self-attention.</summary>
    Query,

    /// <summary>Values of its self-attention.</summary>
    Value,
}
