namespace Lumen.Models.Text;

/// <summary>What a prompt is padded with up to its fixed length. One vocabulary serves both kinds of text encoder.</summary>
public enum ClipPadding
{
    /// <summary>The end token again: OpenAI's CLIP, Stable Diffusion 1.x.</summary>
    EndOfText,

    /// <summary>Id 0, "!": OpenCLIP, Stable Diffusion 2.x.</summary>
    Zero,
}
