namespace Lumen.Generation;

/// <summary>At which sizes a network works on pictures.</summary>
/// <param name="Native">Shorter side in pixels to which pictures are brought.</param>
/// <param name="Multiple">What both sides must be a multiple of, so that no cell is cut.</param>
public readonly record struct WorkingSize(int Native, int Multiple)
{
    /// <summary>Those of a diffusion model.</summary>
    public static WorkingSize Of(DiffusionModel model) => new(model.NativeSize, model.SizeMultiple);
}
