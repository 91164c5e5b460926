using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>A new picture before it is judged.</summary>
/// <param name="Working">At the working size.</param>
/// <param name="Map">Agreement of its cells with the source's layout.</param>
/// <param name="Attempt">Which attempt it is, from 0.</param>
/// <param name="Seed">Seed of its noise.</param>
/// <param name="Strength">Strength of the layout.</param>
public sealed record MadePicture(Picture Working, AgreementMap Map, int Attempt, ulong Seed, double Strength)
{
    /// <summary>At the source's size.</summary>
    public Picture At(int width, int height) =>
        Working.Width == width && Working.Height == height ? Working : Resizing.Resize(Working, width, height);
}
