using Lumen.Imaging;

namespace Lumen.Conditions;

/// <summary>A network that estimates something at every pixel: depth, edges, normals.</summary>
public interface IPictureEstimator
{
    /// <summary>The estimate for one picture, at the picture's size.</summary>
    /// <exception cref="LumenException">The network cannot take the picture.</exception>
    EstimatedMap Estimate(Picture picture);
}
