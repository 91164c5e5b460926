namespace Lumen.Models.Text;

/// <summary>The MLP activation of a CLIP text encoder.</summary>
public enum ClipActivation
{
    /// <summary>x * sigmoid(1.702 x), OpenAI CLIP (SD 1.x).</summary>
    QuickGelu,

    /// <summary>The exact erf form, OpenCLIP (SD 2.x).</summary>
    Gelu,
}
