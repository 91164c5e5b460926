namespace Lumen.Models.Vision;

/// <summary>The known families. A file is the first one's whose marker it holds, so the more special stand first.</summary>
public static class BackboneFamilies
{
    /// <summary>The table.</summary>
    public static IReadOnlyList<BackboneFamily> All { get; } =
    [Dinov2Family.Family, MaeFamily.Family, DinoFamily.Family, ClipVisionFamily.Family];
}
