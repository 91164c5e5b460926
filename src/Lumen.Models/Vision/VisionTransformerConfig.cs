namespace Lumen.Models.Vision;

/// <summary>
/// Everything that tells one vision transformer from another: sizes, which are read off the weights, and conventions, which belong to the
/// family.
/// </summary>
public sealed record VisionTransformerConfig
{
    /// <summary>D, width of the tokens.</summary>
    public required long Width { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Attention heads; divides <see cref="Width"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Side of a patch in pixels.</summary>
    public required int Patch { get; init; }

    /// <summary>Side of the grid of patches that the position embedding was trained for.</summary>
    public required int Grid { get; init; }

    /// <summary>Width inside the feed-forward layers.</summary>
    public required long Hidden { get; init; }

    /// <summary>Kind of feed-forward layers.</summary>
    public VisionFeedForward FeedForward { get; init; }

    /// <summary>Register tokens before the patches, behind the class token (Darcet et al. 2023).</summary>
    public int Registers { get; init; }

    /// <summary>Whether each branch is scaled by a learned vector (Touvron et al. 2021).</summary>
    public bool LayerScale { get; init; }

    /// <summary>Whether tokens are normed before the first block, as in CLIP, whose patch embedding then has no bias.</summary>
    public bool PreNorm { get; init; }

    /// <summary>Whether a class token stands before the patches; SigLIP has none.</summary>
    public bool ClassToken { get; init; } = true;

    /// <summary>Whether the class token has an entry in the position embedding.</summary>
    public bool ClassPosition { get; init; } = true;

    /// <summary>Whether the weights hold the mask token of DINOv2's training, which features never need.</summary>
    public bool MaskToken { get; init; }

    /// <summary>Width of the joint space of pictures and texts; 0 without a projection.</summary>
    public long Projection { get; init; }

    /// <summary>Epsilon of every norm.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>
    /// Added to the new number of patches when positions are interpolated, and the scale handed on instead of the size; 0 hands on the
    /// size.
    /// </summary>
    public double PositionOffset { get; init; }

    /// <summary>Whether positions are interpolated with an antialiased kernel.</summary>
    public bool PositionAntialias { get; init; }
}

/// <summary>The second half of a transformer block.</summary>
public enum VisionFeedForward
{
    /// <summary>Two layers with the exact (erf) GELU between.</summary>
    Gelu,

    /// <summary>Two layers with OpenAI's x * sigmoid(1.702 x) between.</summary>
    QuickGelu,

    /// <summary>Two layers with GELU's tanh approximation between (Hendrycks and Gimpel 2016), as SigLIP has it.</summary>
    GeluTanh,

    /// <summary>DINOv2's <c>SwiGLUFFN</c>: silu(a) * b between (Shazeer 2020).</summary>
    SwiGlu,
}
