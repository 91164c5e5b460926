namespace Lumen.Augmentation;

/// <summary>File type of new pictures.</summary>
public enum PictureFileType
{
    /// <summary>PNG where the data set's lists name endings; otherwise what the source is, so that readers find it.</summary>
    Auto,

    /// <summary>PNG: every pixel is kept.</summary>
    Png,

    /// <summary>JPEG.</summary>
    Jpeg,
}
