namespace Lumen.Models.Vision;

/// <summary>The families that are built in. A file is the first one's whose marker it holds, so the more special stand first.</summary>
public static class BackboneFamilies
{
    /// <summary>The table.</summary>
    public static IReadOnlyList<BackboneFamily> All { get; } =
    [Dinov2Family.Family, MaeFamily.Family, SiglipFamily.Family, DinoFamily.Family, ClipVisionFamily.Family];
}
