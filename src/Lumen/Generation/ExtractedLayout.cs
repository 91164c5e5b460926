using Lumen.Imaging;
using Lumen.Layouts;

namespace Lumen.Generation;

/// <summary>A layout with the picture it was read from.</summary>
/// <param name="Layout">The layout; the owner disposes it.</param>
/// <param name="Picture">The reference at the size of the results.</param>
/// <param name="Padded">The same, padded to whole cells: what the layout covers.</param>
public sealed record ExtractedLayout(NeuralLayout Layout, Picture Picture, PaddedPicture Padded) : IDisposable
{
    /// <summary>
    /// Share of the variance of the picture's features that the layout leaves out, 0...1; see <see cref="LayoutBasis.RelativeError"/>.
    /// </summary>
    public double RelativeError { get; init; }

    public void Dispose() => Layout.Dispose();
}
