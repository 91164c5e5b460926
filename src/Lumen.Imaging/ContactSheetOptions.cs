namespace Lumen.Imaging;

/// <summary>How a contact sheet looks.</summary>
public sealed record ContactSheetOptions
{
    /// <summary>Pixels between pictures and around the sheet.</summary>
    public int Gap { get; init; } = 8;

    /// <summary>The colour between the pictures.</summary>
    public (byte Red, byte Green, byte Blue) Background { get; init; } = (255, 255, 255);

    /// <summary>The colour of captions.</summary>
    public (byte Red, byte Green, byte Blue) Ink { get; init; } = (32, 32, 32);

    /// <summary>Pixels per dot of the letters; 0: two where columns are at least 100 pixels wide, otherwise one.</summary>
    public int CaptionScale { get; init; }

    /// <summary>The most lines a caption may take before it ends with "...".</summary>
    public int CaptionLines { get; init; } = 4;
}
