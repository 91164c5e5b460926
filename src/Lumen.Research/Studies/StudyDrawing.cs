using Lumen.Imaging;

namespace Lumen.Research.Studies;

/// <summary>A picture of a report: a plot or a contact sheet.</summary>
/// <param name="Name">Its file's name without the ending.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Picture">The picture.</param>
public sealed record StudyDrawing(string Name, string Caption, Picture Picture);
