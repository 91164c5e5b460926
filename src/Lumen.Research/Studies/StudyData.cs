using Lumen.Training.Data;

namespace Lumen.Research.Studies;

/// <summary>A data set whose held-out pictures are a study's references, instead of rendered streets.</summary>
public sealed record StudyData
{
    /// <summary>Its folder.</summary>
    public required string Folder { get; init; }

    /// <inheritdoc cref="FolderSelection.Format"/>
    public string? Format { get; init; }

    /// <summary>
    /// The held-out part; null for the test part, or whatever is held out. Where there is none, pictures are drawn by the three numbers
    /// below: those of the recipes that the models were trained by, or they would be measured on pictures that they have seen.
    /// </summary>
    public string? Split { get; init; }

    /// <inheritdoc cref="FolderSelection.Labels"/>
    public string? Labels { get; init; }

    /// <inheritdoc cref="FolderSelection.ValidationFraction"/>
    public double ValidationFraction { get; init; } = 0.1;

    /// <inheritdoc cref="FolderSelection.ValidationBlock"/>
    public int ValidationBlock { get; init; } = 1;

    /// <inheritdoc cref="FolderSelection.ValidationGap"/>
    public int ValidationGap { get; init; }

    /// <summary>The prompt of pictures that have no caption of their own.</summary>
    public string Caption { get; init; } = "";
}
