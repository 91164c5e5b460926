namespace Lumen.Models.Vision;

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
