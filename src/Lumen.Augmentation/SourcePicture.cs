using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>A picture that new ones are made from, with its layout, which is extracted once.</summary>
/// <param name="Original">As it is in the data set.</param>
/// <param name="Layout">Its layout at the working size.</param>
/// <param name="LayoutSha256">Hash of the layout's values.</param>
public sealed record SourcePicture(Picture Original, ExtractedLayout Layout, string LayoutSha256) : IDisposable
{
    /// <summary>Size at which pictures are generated.</summary>
    public (int Width, int Height) Working => (Layout.Picture.Width, Layout.Picture.Height);

    /// <summary>The same with the padding to whole cells.</summary>
    public (int Width, int Height) Padded => (Layout.Padded.Picture.Width, Layout.Padded.Picture.Height);

    public void Dispose() => Layout.Dispose();
}
